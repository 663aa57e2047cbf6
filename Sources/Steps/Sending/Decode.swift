import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain

extension Sending {
    /// Reads the bodies. What cannot be read, or is for another channel, goes to the dead letters with its reason.
    func decode(_ deliveries: [Delivery]) async -> [DecodedDelivery] {
        var decoded: [DecodedDelivery] = []
        decoded.reserveCapacity(deliveries.count)
        var refused: [RefusedDelivery] = []
        for delivery in deliveries {
            do {
                try MessageKind.deliveryRequested.require(type: delivery.properties.type)
                let request = try DeliveryRequested(decoding: delivery.body)
                if request.channel == channel.kind {
                    decoded.append(DecodedDelivery(delivery: delivery, request: request))
                } else {
                    refused.append(
                        RefusedDelivery(
                            delivery: delivery,
                            reason: "/channel is \(request.channel.rawValue), this queue is \(channel.kind.rawValue)'s")
                    )
                }
            } catch {
                refused.append(RefusedDelivery(delivery: delivery, reason: error.description))
            }
        }
        if !refused.isEmpty { await deadLetters.take(refused, from: consumer) }
        return decoded
    }
}
