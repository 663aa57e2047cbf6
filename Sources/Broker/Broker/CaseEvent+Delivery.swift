import RemindersAMQP
import RemindersContracts

extension CaseEvent {
    /// Reads the event a delivery carries, in structured or binary mode.
    ///
    /// - Throws: `ContractError` naming every field that is at fault.
    public init(delivery: Delivery) throws(ContractError) {
        let headers = delivery.properties.headers.entries.compactMap { entry in
            entry.value.string.map { (name: entry.key, value: $0) }
        }
        try self.init(contentType: delivery.properties.contentType, headers: headers, body: delivery.body)
    }
}
