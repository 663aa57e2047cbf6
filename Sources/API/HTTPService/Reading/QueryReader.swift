import Hummingbird
import RemindersContracts
import RemindersDomain

/// Reads the parameters of a query and notes everything that is wrong with them under `query/<name>`.
///
/// ```swift
/// var query = QueryReader(request)
/// let page = query.page(of: "deliveries", columns: 2, context)
/// let channel = query.choice("channel", ChannelKind.self)
/// try query.check()
/// ```
///
/// An empty value is wrong: where a script's variable is empty, `?user=$user` would else ask for everybody's. What nobody
/// asked for is refused by `check()`.
public struct QueryReader: Sendable {
    /// What is wrong so far.
    public private(set) var problems: [FieldProblem] = []
    private var values: [String: String] = [:]
    private var known: Set<String> = []
    private var hasUnknown = false

    /// Reads the query of a request.
    public init(_ request: Request) {
        self.init(request.uri.query ?? "")
    }

    /// Reads a query, as it stands behind the question mark.
    public init(_ query: String) {
        for part in query.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0]).removingURLPercentEncoding(plusIsBlank: true)
            let text = sides.count == 1 ? "" : String(sides[1]).removingURLPercentEncoding(plusIsBlank: true)
            guard let name, let text, !text.utf8.contains(0) else {
                note(name ?? "", "is not percent-encoded UTF-8")
                continue
            }
            if values.updateValue(text, forKey: name) != nil { note(name, "is given twice") }
        }
    }

    /// Notes that something is wrong with a parameter.
    public mutating func note(_ name: String, _ detail: String) {
        problems.append(FieldProblem("query/\(name)", detail))
    }

    /// Text of any kind.
    public mutating func text(_ name: String, upTo limit: Int = Limits.identifierBytes) -> String? {
        guard let text = present(name) else { return nil }
        if let detail = FieldRules.text(text, upTo: limit, isOneLine: true) { return wrong(name, detail) }
        return text
    }

    /// The id of a user or case.
    public mutating func identifier(_ name: String) -> OpaqueID? {
        guard let text = present(name) else { return nil }
        if let detail = FieldRules.identifier(text) { return wrong(name, detail) }
        return OpaqueID(text)
    }

    /// A whole number.
    public mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let text = text(name) else { return nil }
        guard text.utf8.first != UInt8(ascii: "+"), let number = Int64(text), range.contains(number) else {
            return wrong(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// `true` or `false`, also as `1` and `0`.
    public mutating func boolean(_ name: String) -> Bool? {
        switch text(name) {
        case nil: nil
        case "true", "1": true
        case "false", "0": false
        default: wrong(name, "must be true or false")
        }
    }

    /// One of the cases of an enum, by its raw value.
    public mutating func choice<Value: CaseIterable & RawRepresentable<String>>(
        _ name: String, _ type: Value.Type = Value.self
    ) -> Value? {
        guard let text = text(name) else { return nil }
        guard let choice = Value(rawValue: text) else {
            return wrong(name, "must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// A moment: RFC 3339 with an offset. A `+` that was not encoded, and so means a blank, is understood.
    public mutating func instant(_ name: String) -> Instant? {
        guard let text = text(name) else { return nil }
        guard case .instant(let instant) = RequestTime(Self.withPlus(text)) else {
            return wrong(name, FieldRules.instant)
        }
        return instant
    }

    /// A moment, or a time on a wall whose place is not said.
    public mutating func time(_ name: String) -> RequestTime? {
        guard let text = text(name) else { return nil }
        return RequestTime(Self.withPlus(text)) ?? wrong(name, FieldRules.time)
    }

    /// `limit` (1...100, 50 when not given) and `cursor` of a list.
    ///
    /// - Parameters:
    ///   - list: the list's name: a cursor of one list is none of another.
    ///   - columns: how many numbers its cursors hold.
    public mutating func page(of list: String, columns: Int, _ context: APIContext) -> Page {
        let limit = integer("limit", in: 1...100) ?? 50
        let cursor = text("cursor", upTo: 200)
        let after = cursor.flatMap { context.cursors.numbers(in: $0, of: list, count: columns) }
        if cursor != nil, after == nil { note("cursor", "is not a cursor of this list") }
        return Page(list: list, limit: Int(limit), after: after)
    }

    /// Notes every parameter that nobody asked for.
    public mutating func finish() {
        for name in values.keys.sorted() where known.insert(name).inserted {
            note(name, "is not a parameter here")
            hasUnknown = true
        }
    }

    /// Ends the reading.
    ///
    /// - Throws: `Problem` with everything that was noted: 400 when there were unknown parameters, else 422.
    public mutating func check() throws(Problem) {
        finish()
        if problems.isEmpty { return }
        throw hasUnknown
            ? .badRequest("The query has parameters that are not known here", problems) : .invalid(problems)
    }

    /// The value of a parameter that is there; an empty one is noted.
    private mutating func present(_ name: String) -> String? {
        known.insert(name)
        guard let text = values[name] else { return nil }
        return text.isEmpty ? wrong(name, "must not be empty: leave it out instead") : text
    }

    private mutating func wrong<Value>(_ name: String, _ detail: String) -> Value? {
        note(name, detail)
        return nil
    }

    /// `2026-02-10T09:00:00 01:00` back to what was typed.
    private static func withPlus(_ text: String) -> String {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].contains("T") ? parts.joined(separator: "+") : text
    }
}

/// The part of a list that was asked for.
public struct Page: Hashable, Sendable {
    /// The list's name.
    public let list: String
    /// The most items, 1...100.
    public let limit: Int
    /// The numbers of the last item of the page before, or nil for the first page.
    public let after: [Int64]?

    /// How many rows are looked for: one more than is shown tells whether there is another page.
    public var wanted: Int { limit + 1 }
}
