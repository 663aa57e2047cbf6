import Foundation
import RemindersDomain
import Testing

@testable import RemindersContracts

@Suite("The examples of the contracts")
struct ExampleTests {
    @Test("are all there")
    func areThere() {
        for kind in MessageKind.allCases { #expect(Examples.valid(kind.rawValue).count >= 3) }
        #expect(Examples.valid("case.event.v1").count >= 3)
        #expect(Examples.binary.count >= 2)
        #expect(Examples.invalid.count >= 40)
    }

    @Test("reminder.due: decode and encode keep the meaning", arguments: Examples.valid("reminder.due.v1"))
    func reminderDue(_ example: Examples.Valid) throws {
        let message = try ReminderDue(decoding: example.body)
        let again = message.encode()
        #expect(try ReminderDue(decoding: again) == message)
        expectSameMeaning(again, example.body)
    }

    @Test("delivery.requested: decode and encode keep the meaning", arguments: Examples.valid("delivery.requested.v1"))
    func deliveryRequested(_ example: Examples.Valid) throws {
        let message = try DeliveryRequested(decoding: example.body)
        let again = message.encode()
        #expect(try DeliveryRequested(decoding: again) == message)
        expectSameMeaning(again, example.body)
    }

    @Test("delivery.logged: decode and encode keep the meaning", arguments: Examples.valid("delivery.logged.v1"))
    func deliveryLogged(_ example: Examples.Valid) throws {
        let message = try DeliveryLogged(decoding: example.body)
        let again = message.encode()
        #expect(try DeliveryLogged(decoding: again) == message)
        expectSameMeaning(again, example.body)
    }

    @Test("popup.shown: decode and encode keep the meaning", arguments: Examples.valid("popup.shown.v1"))
    func popupShown(_ example: Examples.Valid) throws {
        let message = try PopupShown(decoding: example.body)
        let again = message.encode()
        #expect(try PopupShown(decoding: again) == message)
        expectSameMeaning(again, example.body)
    }

    @Test("case events: decode and encode keep the meaning", arguments: Examples.valid("case.event.v1"))
    func caseEvent(_ example: Examples.Valid) throws {
        let event = try CaseEvent(decoding: example.body)
        let again = event.encode()
        #expect(try CaseEvent(decoding: again) == event)
        expectSameMeaning(again, example.body)
    }

    @Test("case events in binary mode are the events in structured mode", arguments: Examples.binary)
    func binaryMode(_ example: Examples.Binary) throws {
        let event = try CaseEvent(contentType: example.contentType, headers: example.headers, body: example.body)
        #expect(event.kind == .statusChanged)
        #expect(event.id == "7f2b6e0c-2")
        #expect(event.source == "/hub/sag")
        #expect(event.time == Instant(rfc3339: "2026-02-10T14:29:59.5Z"))
        #expect(event.trace?.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(event.data.status != nil)
        #expect(try CaseEvent(decoding: event.encode()) == event)
    }

    @Test("invalid ones are refused with the stated fields and words, and no others", arguments: Examples.invalid)
    func invalid(_ example: Examples.Invalid) {
        let error = #expect(throws: ContractError.self) { try decodeAny(example) }
        guard let error else { return }
        #expect(error.code.rawValue == example.code)
        #expect(Set(error.problems.map(\.pointer)) == Set(example.errors.map(\.pointer)), "\(error)")
        #expect(error.problems.count == example.errors.count, "\(error)")
        for wrong in example.errors {
            let said = error.problems.first { $0.pointer == wrong.pointer }?.description ?? ""
            for words in wrong.words { #expect(said.contains(words)) }
        }
        #expect(error.reason.utf8.allSatisfy { $0 >= 0x20 }, "fits on one line")
        #expect(error.reason.unicodeScalars.count <= 1_000)
    }

    private func decodeAny(_ example: Examples.Invalid) throws {
        switch example.message {
        case "reminder.due.v1": _ = try ReminderDue(decoding: example.body)
        case "delivery.requested.v1": _ = try DeliveryRequested(decoding: example.body)
        case "delivery.logged.v1": _ = try DeliveryLogged(decoding: example.body)
        case "popup.shown.v1": _ = try PopupShown(decoding: example.body)
        default:
            _ = try CaseEvent(
                contentType: example.contentType ?? CaseEvent.contentType, headers: example.headers, body: example.body)
        }
    }

    /// What we wrote is in the original, and what is in the original and known to us is in what we wrote.
    private func expectSameMeaning(_ written: [UInt8], _ original: [UInt8]) {
        let ignored: Set = ["shard", "tags", "", "customer", "dataschema", "myextension"]
        let left = leaves(written, dropping: ignored)
        let right = leaves(original, dropping: ignored)
        #expect(!left.isEmpty)
        for (pointer, value) in right where left[pointer] != value {
            Issue.record("\(pointer) is \(left[pointer] ?? "missing"), was \(value)")
        }
        // Defaults that we write out.
        let defaults: Set = ["/datacontenttype", "/data/entity_type"]
        for pointer in left.keys where right[pointer] == nil && !defaults.contains(pointer) {
            Issue.record("\(pointer) was not there")
        }
    }

    /// All values by JSON pointer in a comparable form: times as UTC, integers as digits, UUIDs in lower case, nulls
    /// only for deadlines.
    private func leaves(_ body: [UInt8], dropping ignored: Set<String>) -> [String: String] {
        var found: [String: String] = [:]
        func walk(_ value: Any, _ pointer: String) {
            switch value {
            case let object as [String: Any]:
                for (key, child) in object where !ignored.contains(key) { walk(child, "\(pointer)/\(key)") }
            case let list as [Any]:
                for (index, child) in list.enumerated() { walk(child, "\(pointer)/\(index)") }
            case is NSNull: if pointer == "/data/deadline" { found[pointer] = "null" }
            case let text as String:
                if pointer == "/traceparent", TraceContext(traceparent: text) == nil { return }
                let isTime = pointer.hasSuffix("_at") || ["/time", "/data/deadline"].contains(pointer)
                let instant = isTime ? Instant(rfc3339: text)?.rfc3339 : nil
                found[pointer] = instant ?? (pointer == "/delivery_id" ? text.lowercased() : text)
            default: found[pointer] = "\(value)"
            }
        }
        // JSONSerialization would round an integer of more than 19 digits: quote it first.
        let text = String(decoding: body, as: UTF8.self)
            .replacing(/: ?(?<digits>[0-9]{19,})(?=[,}\s])/) { ":\"\($0.output.digits)\"" }
        if let value = try? JSONSerialization.jsonObject(with: Data(text.utf8)) { walk(value, "") }
        return found
    }
}
