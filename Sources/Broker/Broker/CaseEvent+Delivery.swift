import RemindersAMQP
import RemindersContracts

extension CaseEvent {
    /// Reads the event a delivery carries, in structured or binary mode.
    ///
    /// - Throws: `ContractError` naming every field that is at fault.
    public init(delivery: Delivery) throws(ContractError) {
        let headers = delivery.properties.headers.entries.map { (name: $0.key, value: HeaderValue($0.value)) }
        try self.init(contentType: delivery.properties.contentType, headers: headers, body: delivery.body)
    }
}

extension HeaderValue {
    fileprivate init(_ field: FieldValue) {
        switch field {
        case .string(let text): self = .text(text)
        case .bytes(let bytes): self = .bytes(bytes)
        case .timestamp(let seconds): self = .timestamp(seconds)
        case .void: self = .nothing
        case .bool: self = .other("true or false")
        case .float, .double, .decimal: self = .other("a number with a fraction")
        case .array: self = .other("an array")
        case .table: self = .other("a table")
        case .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64:
            self = field.integer.map { .integer(Int64($0)) } ?? .other("an integer beyond 64 bits with a sign")
        }
    }
}
