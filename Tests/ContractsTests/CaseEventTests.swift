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

    @Test("take the trace of the message if they have none of their own")
    func trace() throws {
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let other = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-00"
        let without = try CaseEvent(contentType: nil, headers: [(name: "traceparent", value: header)], body: minimal)
        #expect(without.trace?.traceparent == header)
        let own = Array(
            #"{"specversion":"1.0","id":"1","source":"x","type":"case.changed.v1","traceparent":"\#(other)","data":{"id":7}}"#
                .utf8)
        let with = try CaseEvent(contentType: nil, headers: [(name: "traceparent", value: header)], body: own)
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
                nothing; /data/url is no such link, expected a link that begins with http:// or https://, of at most \
                2000 bytes, without blanks; /data/entity_type is "sag", expected one of case, task, bug, project; \
                /data/deadline is "soon\\n", expected an RFC 3339 date-time with an offset, like 2026-02-10T14:30:00Z, \
                or null for none; /data/id is missing, expected text of 1 to 200 bytes without NUL, or an integer; \
                /data/status is missing, expected the new status, since the type is case.status_changed.v1
                """)
    }
}
