import RemindersContracts
import RemindersDomain

/// One change a merge patch (RFC 7396) asks for.
public enum Change<Value: Sendable>: Sendable {
    /// The field is not there: it stays as it is. Also when its value is wrong, which has been noted.
    case absent
    /// `null`: it is taken away.
    case null
    /// It gets this value.
    case value(Value)
}

/// Reads the fields of a JSON object and notes everything that is wrong with them, so that one answer names it all.
///
/// ```swift
/// var body = try await JSONBody.read(request, context).object()
/// let title = body.text("title", upTo: Limits.title, required: true)
/// let priority = body.choice("priority", Priority.self) ?? .normal
/// try body.check()
/// ```
///
/// A field with `null` counts as not given, except for `change`. What nobody asked for is refused by `check()`.
public struct ObjectReader: Sendable {
    /// What is wrong so far.
    public private(set) var problems: [FieldProblem] = []
    private let members: [JSONMember]
    private let pointer: String
    private var known: Set<String> = []
    private var hasUnknown = false

    /// Reads an object; of anything else it notes that it is none.
    ///
    /// - Parameter pointer: where the object stands in the body, such as `/trigger_config`.
    public init(_ value: JSONValue, at pointer: String = "") {
        self.pointer = pointer
        if case .object(let members) = value {
            self.members = members
        } else {
            members = []
            problems.append(FieldProblem(pointer, "must be an object, and is \(value.kind)"))
        }
    }

    /// Whether the field is there, be it with `null`.
    public func has(_ name: String) -> Bool {
        members.contains { $0.name == name }
    }

    /// The value of a field as it is, or nil when it is not there. `null` is a value here.
    public mutating func value(_ name: String) -> JSONValue? {
        known.insert(name)
        return members.first { $0.name == name }?.value
    }

    /// The value of a field that is neither missing nor null; a missing one is noted when it is required.
    mutating func present(_ name: String, required: Bool) -> JSONValue? {
        let value = value(name)
        if let value, value != .null { return value }
        if required { note(name, value == nil ? "is required" : "must not be null") }
        return nil
    }

    /// Notes that something is wrong with a field.
    ///
    /// - Parameter name: the field, or with slashes a place in it: `recipient_user_ids/0`.
    public mutating func note(_ name: String, _ detail: String) {
        problems.append(FieldProblem("\(pointer)/\(name)", detail))
    }

    /// Reads a field of a merge patch.
    ///
    /// ```swift
    /// let rule: Change<String> = body.change("rrule") { $0.text($1, upTo: 500) }
    /// ```
    ///
    /// - Parameter isNullable: whether `null` is allowed; otherwise it is noted.
    public mutating func change<Value>(
        _ name: String, isNullable: Bool = true, _ read: (inout ObjectReader, String) -> Value?
    ) -> Change<Value> {
        switch value(name) {
        case nil: return .absent
        case .null where isNullable: return .null
        case .null:
            note(name, "must not be null")
            return .absent
        case .some: return read(&self, name).map(Change.value) ?? .absent
        }
    }

    /// Reads a field that is an object; `read` names what it knows, everything else in it is refused.
    public mutating func object<Value>(
        _ name: String, required: Bool = false, _ read: (inout ObjectReader) -> Value
    ) -> Value? {
        guard let value = present(name, required: required) else { return nil }
        guard case .object = value else { return wrong(name, "must be an object, and is \(value.kind)") }
        var inner = ObjectReader(value, at: "\(pointer)/\(name)")
        let result = read(&inner)
        inner.finish()
        problems += inner.problems
        hasUnknown = hasUnknown || inner.hasUnknown
        return result
    }

    /// Notes every field that nobody asked for.
    public mutating func finish() {
        for member in members where known.insert(member.name).inserted {
            note(member.name.escapedForPointer, "is not a field here")
            hasUnknown = true
        }
    }

    /// Ends the reading.
    ///
    /// - Parameter others: what was wrong elsewhere, in the query for instance.
    /// - Throws: `Problem` with everything that was noted: 400 when there were unknown fields, else 422.
    public mutating func check(and others: [FieldProblem] = []) throws(Problem) {
        finish()
        let all = others + problems
        if all.isEmpty { return }
        throw hasUnknown ? .badRequest("The body has fields that are not known here", all) : .invalid(all)
    }
}

extension String {
    /// RFC 6901 §3.
    fileprivate var escapedForPointer: String {
        replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
