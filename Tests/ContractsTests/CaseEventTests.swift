import RemindersDomain
import Testing

@testable import RemindersContracts

@Suite("Case events")
struct CaseEventTests {
    private let minimal = Array(
        #"{"specversion":"1.0","id":"1","source":"x","type":"case.changed.v1","data":{"id":7}}"#.utf8)

    private func event(type: String, data: String) throws(ContractError) -> CaseEvent {
        try CaseEvent(
            decoding: Array(
                #"{"data":\#(data),"type":"\#(type)","specversion":"1.0","id":"1","source":"x"}"#.utf8))
    }

    @Test("of every kind are known with and without a prefix", arguments: CaseEvent.Kind.allCases)
    func kinds(_ kind: CaseEvent.Kind) throws {
        let data = #"{"id":"1","status":"s","deadline":null}"#
        #expect(try event(type: kind.rawValue, data: data).kind == kind)
        let prefixed = try event(type: "dk.example." + kind.rawValue, data: data)
        #expect(prefixed.kind == kind)
        #expect(prefixed.type == "dk.example." + kind.rawValue)
    }

    @Test("tell no deadline from nothing about the deadline")
    func deadlines() throws {
        #expect(try event(type: "case.changed.v1", data: #"{"id":"1"}"#).data.deadline == .unchanged)
        #expect(try event(type: "case.changed.v1", data: #"{"id":"1","deadline":null}"#).data.deadline == .none)
        #expect(
            try event(type: "case.changed.v1", data: #"{"id":"1","deadline":"1970-01-01T01:00:00+01:00"}"#)
                .data.deadline == .at(Instant(microseconds: 0)))
    }

    @Test("keep the digits of a number that is an id")
    func numericIDs() throws {
        #expect(
            try event(type: "case.changed.v1", data: #"{"id":123456789012345678901234567890}"#).data.reference
                == CaseReference(entityType: "case", id: "123456789012345678901234567890"))
        #expect(try event(type: "case.changed.v1", data: #"{"id":-0}"#).data.reference.id == "-0")
    }

    @Test("are closed when they say so or are of that kind")
    func closed() throws {
        #expect(try event(type: "case.closed.v1", data: #"{"id":"1"}"#).isClosed == true)
        #expect(try event(type: "case.changed.v1", data: #"{"id":"1","closed":false}"#).isClosed == false)
        #expect(try event(type: "case.changed.v1", data: #"{"id":"1"}"#).isClosed == nil)
    }

    @Test(
        "in structured mode are taken with any JSON content type, or none",
        arguments: [
            "application/cloudevents+json; charset=utf-8", "APPLICATION/CLOUDEVENTS+JSON", "application/cloudevents",
            "application/json", "application/json;charset=utf-8", "", nil,
        ])
    func contentTypes(_ contentType: String?) throws {
        let event = try CaseEvent(contentType: contentType, headers: [], body: minimal)
        #expect(event.kind == .changed)
    }

    @Test("in structured mode win over headers of binary mode")
    func structuredWins() throws {
        let event = try CaseEvent(
            contentType: CaseEvent.contentType, headers: [(name: "cloudEvents_id", value: "other")], body: minimal)
        #expect(event.id == "1")
    }

    private func binary(_ changes: [(name: String, value: HeaderValue)]) throws -> CaseEvent {
        let usual: [(name: String, value: HeaderValue)] = [
            ("cloudEvents:specversion", "1.0"), ("cloudEvents:id", "1"), ("cloudEvents:source", "/x"),
            ("cloudEvents:type", "case.changed.v1"),
        ]
        let changed = Set(changes.map { $0.name.replacing("_", with: ":") })
        return try CaseEvent(
            contentType: "application/json", headers: usual.filter { !changed.contains($0.name) } + changes,
            body: Array(#"{"id":7}"#.utf8))
    }

    @Test(
        "in binary mode have their time as text, as AMQP's timestamp or as an integer, of seconds or milliseconds",
        arguments: [
            (HeaderValue.text("2026-02-10T14:29:59Z"), "2026-02-10T14:29:59Z"),
            (.timestamp(1_770_733_799), "2026-02-10T14:29:59Z"),
            (.timestamp(1_770_733_799_250), "2026-02-10T14:29:59.25Z"),
            (.integer(1_770_733_799), "2026-02-10T14:29:59Z"),
            (.integer(1_770_733_799_250), "2026-02-10T14:29:59.25Z"), (.integer(0), "1970-01-01T00:00:00Z"),
            (.timestamp(253_402_300_799), "9999-12-31T23:59:59Z"),
            (.bytes(Array("2026-02-10T14:29:59Z".utf8)), "2026-02-10T14:29:59Z"),
        ])
    func binaryTimes(_ value: HeaderValue, _ expected: String) throws {
        for name in ["cloudEvents:time", "cloudEvents_time", "CLOUDEVENTS:TIME"] {
            #expect(try binary([(name, value)]).time == Instant(rfc3339: expected))
        }
        #expect(try binary([("cloudEvents:time", .nothing)]).time == nil)
    }

    @Test(
        "in binary mode are refused with the reason, whatever attribute is in a form that isn't read",
        arguments: [
            ("time", HeaderValue.integer(-1), "is the integer -1"),
            ("time", .other("a number with a fraction"), "is a number with a fraction"),
            ("time", .timestamp(.max), "is the timestamp 18446744073709551615"),
            ("time", .integer(253_402_300_799_001), "is the integer"),
            ("time", .text("yesterday"), "is \"yesterday\""), ("time", .other("a table"), "is a table"),
            ("id", .integer(7), "is the integer 7"),
            ("id", .bytes([0xFF]), "is bytes that are no UTF-8"), ("source", .other("an array"), "is an array"),
            ("type", .timestamp(1), "is the timestamp 1"),
            ("subject", .other("true or false"), "is true or false"),
            ("specversion", .other("a number with a fraction"), "is a number"),
            ("traceparent", .integer(1), "is the integer 1"), ("datacontenttype", .integer(1), "is the integer 1"),
            ("id", .nothing, "is missing"),
            ("subject", "", "is empty"),
        ])
    func binaryForms(_ name: String, _ value: HeaderValue, _ problem: String) throws {
        let error = #expect(throws: ContractError.self) { try binary([("cloudEvents:\(name)", value)]) }
        #expect(try #require(error).problems.map(\.pointer) == ["/\(name)"])
        #expect(try #require(error).problems[0].problem.hasPrefix(problem))
    }

    @Test("in binary mode have each attribute once, or twice the same")
    func binaryTwice() throws {
        #expect(try binary([("cloudEvents:subject", "a"), ("cloudEvents_subject", "a")]).subject == "a")
        let error = #expect(throws: ContractError.self) {
            try binary([("cloudEvents:time", .timestamp(1)), ("cloudEvents_time", .timestamp(2))])
        }
        #expect(try #require(error).problems.map(\.pointer) == ["/time"])
    }

    @Test("may begin with a byte order mark")
    func byteOrderMark() throws {
        #expect(try CaseEvent(decoding: [0xEF, 0xBB, 0xBF] + minimal).id == "1")
    }

    @Test("take the trace of the message if they have none of their own")
    func trace() throws {
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let other = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-00"
        let without = try CaseEvent(
            contentType: nil, headers: [(name: "traceparent", value: .text(header))], body: minimal)
        #expect(without.trace?.traceparent == header)
        let own = Array(
            #"{"specversion":"1.0","id":"1","source":"x","type":"case.changed.v1","traceparent":"\#(other)","data":{"id":7}}"#
                .utf8)
        let with = try CaseEvent(contentType: nil, headers: [(name: "traceparent", value: .text(header))], body: own)
        #expect(with.trace?.traceparent == other)
        let broken = try CaseEvent(contentType: nil, headers: [(name: "traceparent", value: "junk")], body: minimal)
        #expect(broken.trace == nil)
    }

    @Test("name every wrong field and the fix, on one line, without quoting free text")
    func allAtOnce() throws {
        let error = #expect(throws: ContractError.self) {
            try event(
                type: "case.status_changed.v1",
                data: #"{"title":"SECRET\u0000","url":"ftp://SECRET","entity_type":"sag","deadline":"soon\n"}"#)
        }
        let text = try #require(error).description
        #expect(
            text == """
                case event: /data/title has a NUL character, expected text of at most 300 characters without NUL, or \
                nothing; /data/url is no link: a link begins with http:// or https://, expected a link that begins \
                with http:// or https:// and a host, of at most 2000 bytes; /data/entity_type is "sag", expected one of case, task, bug, project; \
                /data/deadline is "soon\\n", expected an RFC 3339 date-time with an offset, like 2026-02-10T14:30:00Z, \
                or null for none; /data/id is missing, expected text of 1 to 200 bytes without NUL, or an integer; \
                /data/status is missing, expected the new status, since the type is case.status_changed.v1
                """)
    }
}
