import Testing

@testable import RemindersAMQP

struct MessageLimitsTests {
    private let limits = MessageLimits(bodyBytes: 100, frameBytes: 4096)
    private let long = String(repeating: "x", count: 256)
    private let longest = String(repeating: "x", count: 255)

    private func refusal(_ change: (inout Message) -> Void) -> String? {
        var message = Message(exchange: "e", routingKey: "k", body: [1])
        change(&message)
        do {
            try limits.check(message)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func refusesEveryShortStringOver255Bytes() {
        let places: [WritableKeyPath<Message, String?>] = [
            \.properties.contentType, \.properties.contentEncoding, \.properties.correlationID, \.properties.replyTo,
            \.properties.messageID, \.properties.type, \.properties.userID, \.properties.appID,
        ]
        for place in places {
            #expect(refusal { $0[keyPath: place] = long } != nil, "\(place)")
            #expect(refusal { $0[keyPath: place] = longest } == nil, "\(place)")
        }
        #expect(refusal { $0.exchange = long } != nil)
        #expect(refusal { $0.routingKey = long } != nil)
        #expect(refusal { $0.routingKey = longest } == nil)
    }

    @Test func countsBytesRatherThanCharacters() {
        #expect(refusal { $0.routingKey = String(repeating: "å", count: 128) } != nil)
        #expect(refusal { $0.routingKey = String(repeating: "å", count: 127) } == nil)
    }

    @Test func refusesABodyOverTheCap() {
        #expect(refusal { $0.body = Array(repeating: 0, count: 101) } != nil)
        #expect(refusal { $0.body = Array(repeating: 0, count: 100) } == nil)
    }

    @Test(arguments: ["", "soon", "-1", "+1", "1.5", "99999999999"])
    func refusesAnExpirationThatIsNoNumber(text: String) {
        #expect(refusal { $0.properties.expiration = text } != nil)
    }

    @Test func takesAnExpirationInMilliseconds() {
        #expect(refusal { $0.properties.expiration = "60000" } == nil)
    }

    @Test func refusesATimeBefore1970() {
        #expect(refusal { $0.properties.timestamp = -1 } != nil)
        #expect(refusal { $0.properties.timestamp = 0 } == nil)
    }

    @Test func refusesHeadersThatDoNotFitAFrame() {
        #expect(refusal { $0.properties.headers = ["h": .bytes(Array(repeating: 0, count: 4096 - 42))] } != nil)
        #expect(refusal { $0.properties.headers = ["h": .bytes(Array(repeating: 0, count: 4096 - 43))] } == nil)
    }

    @Test func refusesLongFieldNames() {
        #expect(refusal { $0.properties.headers[String(repeating: "n", count: 129)] = .void } != nil)
        #expect(refusal { $0.properties.headers[String(repeating: "n", count: 128)] = .void } == nil)
    }

    @Test func refusesDeepNesting() {
        func nested(_ depth: Int) -> FieldValue {
            (0..<depth).reduce(.void) { inner, level in
                level.isMultiple(of: 2) ? .array([inner]) : .table(["n": inner])
            }
        }
        #expect(refusal { $0.properties.headers["h"] = nested(31) } == nil)
        #expect(refusal { $0.properties.headers["h"] = nested(32) } != nil)
    }

    @Test func refusesNumbersThatRabbitMQCannotRead() {
        #expect(refusal { $0.properties.headers["h"] = .uint64(1 << 63) } != nil)
        #expect(refusal { $0.properties.headers["h"] = .uint64(1 << 62) } == nil)
    }

    @Test func refusesNamesInATopology() {
        #expect(throws: AMQPError.self) { try Topology(queues: [Queue(name: long)]).check() }
        #expect(throws: AMQPError.self) { try Topology(exchanges: [Exchange(name: long, kind: .topic)]).check() }
        #expect(throws: AMQPError.self) {
            try Topology(bindings: [Binding(exchange: "e", queue: "q", routingKey: long)]).check()
        }
    }
}
