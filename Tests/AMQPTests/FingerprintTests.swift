import Testing

@testable import RemindersAMQP

struct FingerprintTests {
    private func message(
        _ body: [UInt8] = [], _ properties: MessageProperties = MessageProperties(), exchange: String = "",
        key: String = ""
    ) -> Delivery {
        Delivery(body: body, properties: properties, exchange: exchange, routingKey: key)
    }

    private static let changes: [@Sendable (inout MessageProperties) -> Void] = [
        { $0.contentType = "" }, { $0.contentEncoding = "" }, { $0.isPersistent = false }, { $0.priority = 0 },
        { $0.correlationID = "" }, { $0.replyTo = "" }, { $0.expiration = "" }, { $0.messageID = "" },
        { $0.messageID = "a" }, { $0.timestamp = 0 }, { $0.type = "" }, { $0.userID = "" }, { $0.appID = "" },
        { $0.headers = ["a": .void] }, { $0.headers = ["a": .bool(true)] }, { $0.headers = ["a": .bool(false)] },
        { $0.headers = ["a": .int8(1)] }, { $0.headers = ["a": .uint8(1)] }, { $0.headers = ["a": .int16(1)] },
        { $0.headers = ["a": .uint16(1)] }, { $0.headers = ["a": .int32(1)] }, { $0.headers = ["a": .uint32(1)] },
        { $0.headers = ["a": .int64(1)] }, { $0.headers = ["a": .uint64(1)] }, { $0.headers = ["a": .float(1)] },
        { $0.headers = ["a": .double(1)] }, { $0.headers = ["a": .decimal(scale: 0, value: 1)] },
        { $0.headers = ["a": .timestamp(1)] }, { $0.headers = ["a": .string("1")] },
        { $0.headers = ["a": .bytes([1])] },
        { $0.headers = ["a": .array([])] }, { $0.headers = ["a": .array([.void])] },
        { $0.headers = ["a": .table([:])] },
        { $0.headers = ["a": .table(["b": .void])] }, { $0.headers = ["a": .void, "b": .void] },
        { $0.headers = ["b": .void, "a": .void] },
    ]

    @Test func `every property, header, place and byte tells messages apart`() {
        var prints = Self.changes.map { change in
            var properties = MessageProperties()
            change(&properties)
            return message([], properties).fingerprint
        }
        prints += [
            message(), message([0]), message([0, 0]), message(exchange: "a"), message(key: "a"),
            Delivery(body: [], bodySize: 3),
        ].map(\.fingerprint)
        #expect(Set(prints).count == prints.count)
        #expect(prints.allSatisfy { $0.count == 32 })
    }

    @Test func `a message that comes again has the same one, whatever the broker has counted`() {
        let properties = MessageProperties(headers: ["a": .string("b")], messageID: "1")
        var counted = properties
        counted.headers["x-delivery-count"] = .int64(3)
        counted.headers["x-acquired-count"] = .int64(4)
        let again = Delivery(body: [1], properties: counted, redelivered: true, tag: 9, epoch: 2)
        #expect(again.fingerprint == message([1], properties).fingerprint)
    }

    @Test func `bodies that are too large to be kept are told apart, however they were cut into frames`() throws {
        func passedOver(_ fragments: [[UInt8]]) throws -> Delivery {
            var assembler = DeliveryAssembler(maximumBodyBytes: 2, epoch: 1)
            _ = try assembler.take(
                .deliver(IncomingFrame.Envelope(tag: 1, redelivered: false, exchange: "", routingKey: "")))
            _ = try assembler.take(.header(bodySize: UInt64(fragments.joined().count), MessageProperties()))
            for fragment in fragments {
                let complete = try fragment.withUnsafeBytes { try assembler.take(.body($0)) }
                if case .delivery(let delivery)? = complete { return delivery }
            }
            throw AMQPError(code: .driver, operation: "test", text: "it is not complete")
        }
        let one = try passedOver([[1, 2], [3, 4]])
        #expect(one.isOversized && one.body.isEmpty)
        #expect(try passedOver([[1], [2, 3, 4]]).fingerprint == one.fingerprint)
        #expect(try passedOver([[1, 2], [3, 5]]).fingerprint != one.fingerprint)
        #expect(Delivery(body: [1, 2, 3, 4]).fingerprint == one.fingerprint)
    }
}
