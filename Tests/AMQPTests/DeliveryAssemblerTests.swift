import Testing

@testable import RemindersAMQP

struct DeliveryAssemblerTests {
    private var assembler = DeliveryAssembler(maximumBodyBytes: 10, epoch: 7)

    private func deliver(_ tag: UInt64) -> IncomingFrame {
        .deliver(IncomingFrame.Envelope(tag: tag, redelivered: true, exchange: "e", routingKey: "k"))
    }

    private mutating func take(_ frame: IncomingFrame) throws(AMQPError) -> Delivery? {
        if case .delivery(let delivery) = try assembler.take(frame) { delivery } else { nil }
    }

    private mutating func body(_ bytes: [UInt8]) throws(AMQPError) -> Delivery? {
        // Copied at once, so the pointer need not outlive the call.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: bytes)
        return try take(.body(UnsafeRawBufferPointer(buffer)))
    }

    @Test mutating func putsTogetherHeaderAndBodies() throws {
        #expect(try take(deliver(3)) == nil)
        #expect(try take(.header(bodySize: 5, MessageProperties(messageID: "id"))) == nil)
        #expect(try body([1, 2]) == nil)
        let delivery = try #require(try body([3, 4, 5]))
        let expected = Delivery(
            body: [1, 2, 3, 4, 5], properties: MessageProperties(messageID: "id"), exchange: "e", routingKey: "k",
            redelivered: true, tag: 3, epoch: 7)
        #expect(delivery == expected)
        #expect(!delivery.isOversized)
    }

    @Test mutating func anEmptyBodyHasNoFrames() throws {
        _ = try take(deliver(1))
        let delivery = try #require(try take(.header(bodySize: 0, MessageProperties())))
        #expect(delivery.body.isEmpty)
        #expect(!delivery.isOversized)
    }

    @Test mutating func anOversizedBodyIsPassedOverAndSaidSo() throws {
        _ = try take(deliver(1))
        _ = try take(.header(bodySize: 11, MessageProperties()))
        _ = try body(Array(repeating: 0, count: 6))
        let delivery = try #require(try body(Array(repeating: 0, count: 5)))
        #expect(delivery.isOversized)
        #expect(delivery.bodySize == 11)
        #expect(delivery.body.isEmpty)
        _ = try take(deliver(2))
        #expect(try take(.header(bodySize: 0, MessageProperties()))?.tag == 2)
    }

    @Test mutating func aBodyOfTheLargestSizeIsKept() throws {
        _ = try take(deliver(1))
        _ = try take(.header(bodySize: 10, MessageProperties()))
        #expect(try body(Array(repeating: 9, count: 10))?.body.count == 10)
    }

    @Test mutating func aReturnedMessageComesWithItsIdentity() throws {
        _ = try assembler.take(.returned(code: 312, text: "NO_ROUTE", exchange: "e", routingKey: "k"))
        _ = try assembler.take(.header(bodySize: 2, MessageProperties(messageID: "id")))
        let complete = try [UInt8]([7, 8]).withUnsafeBytes { try assembler.take(.body($0)) }
        guard case .returned(let error, let message) = complete else {
            Issue.record("not a returned message")
            return
        }
        #expect(error == .returned(code: 312, text: "NO_ROUTE"))
        let properties = MessageProperties(messageID: "id")
        #expect(message == Message(exchange: "e", routingKey: "k", body: [7, 8], properties: properties))
    }

    @Test mutating func refusesFramesOutOfOrder() throws {
        #expect(throws: AMQPError.self) { try take(.header(bodySize: 1, MessageProperties())) }
        #expect(throws: AMQPError.self) { try body([1]) }
        _ = try take(deliver(1))
        #expect(throws: AMQPError.self) { try take(deliver(2)) }
    }

    @Test mutating func refusesABodyLongerThanAnnounced() throws {
        _ = try take(deliver(1))
        _ = try take(.header(bodySize: 3, MessageProperties()))
        #expect(throws: AMQPError.self) { try body([1, 2, 3, 4]) }
    }
}
