import RemindersContracts
import RemindersDomain

/// One function for each kind of field. Each answers nil when the field is missing, null or wrong; wrong is noted.
extension ObjectReader {
    /// Text.
    ///
    /// - Parameters:
    ///   - limit: the most characters (Unicode scalars), as `Limits` has them.
    ///   - isOneLine: whether line breaks and other control characters are refused.
    public mutating func text(
        _ name: String, upTo limit: Int, required: Bool = false, mayBeEmpty: Bool = false, isOneLine: Bool = false
    ) -> String? {
        guard let value = present(name, required: required) else { return nil }
        guard case .string(let text) = value else { return wrong(name, "must be a string, and is \(value.kind)") }
        if text.isEmpty, !mayBeEmpty { return wrong(name, "must not be empty") }
        if let detail = FieldRules.text(text, upTo: limit, isOneLine: isOneLine) { return wrong(name, detail) }
        return text
    }

    /// The id of a user or case: a string of 1 to 200 bytes, or a whole number, which becomes its digits.
    public mutating func identifier(_ name: String, required: Bool = false) -> OpaqueID? {
        present(name, required: required).flatMap { identifier(name, $0) }
    }

    /// A list of ids without repetitions, in their order.
    ///
    /// - Parameter limit: the most there may be.
    public mutating func identifiers(_ name: String, upTo limit: Int = 100, required: Bool = false) -> [OpaqueID]? {
        guard let ids = elements(name, upTo: limit, required: required, { $0.identifier($1, $2) }) else { return nil }
        var seen: Set<OpaqueID> = []
        return ids.filter { seen.insert($0).inserted }
    }

    /// A whole number.
    public mutating func integer(
        _ name: String, in range: ClosedRange<Int64>, required: Bool = false
    ) -> Int64? {
        guard let value = present(name, required: required) else { return nil }
        let expected = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let number = value.integer, range.contains(number) else { return wrong(name, expected) }
        return number
    }

    /// A list of whole numbers.
    public mutating func integers(
        _ name: String, in range: ClosedRange<Int64>, upTo limit: Int, required: Bool = false
    ) -> [Int64]? {
        elements(name, upTo: limit, required: required) { reader, place, value in
            guard let number = value.integer, range.contains(number) else {
                return reader.wrong(
                    place, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }

    /// `true` or `false`.
    public mutating func boolean(_ name: String, required: Bool = false) -> Bool? {
        guard let value = present(name, required: required) else { return nil }
        guard case .boolean(let answer) = value else { return wrong(name, "must be true or false") }
        return answer
    }

    /// One of the cases of an enum, by its raw value.
    public mutating func choice<Value: CaseIterable & RawRepresentable<String>>(
        _ name: String, _ type: Value.Type = Value.self, required: Bool = false
    ) -> Value? {
        guard let value = present(name, required: required) else { return nil }
        guard let choice = value.text.flatMap(Value.init) else {
            return wrong(name, "must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// A moment: RFC 3339 with an offset.
    public mutating func instant(_ name: String, required: Bool = false) -> Instant? {
        guard let value = present(name, required: required) else { return nil }
        guard let instant = value.text.flatMap({ Instant(rfc3339: $0) }), instant.isStorable else {
            return wrong(name, FieldRules.instant)
        }
        return instant
    }

    /// A moment, or a time on a wall whose place is not said.
    public mutating func time(_ name: String, required: Bool = false) -> RequestTime? {
        present(name, required: required).flatMap { time(name, $0) }
    }

    /// A list of such times.
    public mutating func times(_ name: String, upTo limit: Int, required: Bool = false) -> [RequestTime]? {
        elements(name, upTo: limit, required: required) { $0.time($1, $2) }
    }

    /// A time of day, `22:00`.
    public mutating func localTime(_ name: String, required: Bool = false) -> LocalTime? {
        guard let value = present(name, required: required) else { return nil }
        guard let time = value.text.flatMap({ LocalTime($0) }) else {
            return wrong(name, "must be a time of day such as 22:00")
        }
        return time
    }

    /// The name of an IANA time zone.
    public mutating func zone(_ name: String, required: Bool = false) -> IANAZone? {
        guard let text = text(name, upTo: Limits.timeZone, required: required) else { return nil }
        do {
            return try ZoneCatalog.shared.zone(text)
        } catch {
            return wrong(name, "\(error)")
        }
    }

    /// A mail address.
    public mutating func mail(_ name: String, required: Bool = false) -> MailAddress? {
        present(name, required: required).flatMap { mail(name, $0) }
    }

    /// A list of mail addresses without repetitions.
    public mutating func mails(_ name: String, upTo limit: Int = 100, required: Bool = false) -> [MailAddress]? {
        guard let mails = elements(name, upTo: limit, required: required, { $0.mail($1, $2) }) else { return nil }
        var seen: Set<String> = []
        return mails.filter { seen.insert($0.normalized).inserted }
    }

    /// A list of texts.
    ///
    /// - Parameters:
    ///   - limit: the most there may be.
    ///   - length: the most characters of each.
    public mutating func texts(
        _ name: String, upTo limit: Int, length: Int, required: Bool = false
    ) -> [String]? {
        elements(name, upTo: limit, required: required) { reader, place, value in
            guard case .string(let text) = value else { return reader.wrong(place, "must be a string") }
            if let detail = FieldRules.text(text, upTo: length, isOneLine: true) { return reader.wrong(place, detail) }
            return text
        }
    }

    /// A list whose elements `read` takes one by one; it notes what is wrong under the place it is given.
    ///
    /// - Returns: nil also when one element is wrong.
    public mutating func elements<Value>(
        _ name: String, upTo limit: Int, required: Bool = false,
        _ read: (inout ObjectReader, String, JSONValue) -> Value?
    ) -> [Value]? {
        guard let value = present(name, required: required) else { return nil }
        guard case .array(let elements) = value else { return wrong(name, "must be an array, and is \(value.kind)") }
        guard elements.count <= limit else { return wrong(name, "must not have more than \(limit) elements") }
        let values = elements.enumerated().compactMap { read(&self, "\(name)/\($0.offset)", $0.element) }
        return values.count == elements.count ? values : nil
    }

    /// Notes what is wrong with a field, and answers nil.
    public mutating func wrong<Value>(_ name: String, _ detail: String) -> Value? {
        note(name, detail)
        return nil
    }

    private mutating func identifier(_ place: String, _ value: JSONValue) -> OpaqueID? {
        switch value {
        case .string(let text):
            if let detail = FieldRules.identifier(text) { return wrong(place, detail) }
            return OpaqueID(text)
        case .number(let digits) where digits.utf8.allSatisfy({ (48...57).contains($0) }) && digits.utf8.count <= 200:
            return OpaqueID(digits)
        default: return wrong(place, "must be a string or a whole number")
        }
    }

    private mutating func time(_ place: String, _ value: JSONValue) -> RequestTime? {
        guard let time = value.text.flatMap(RequestTime.init) else { return wrong(place, FieldRules.time) }
        return time
    }

    private mutating func mail(_ place: String, _ value: JSONValue) -> MailAddress? {
        guard case .string(let text) = value else { return wrong(place, "must be a string") }
        do {
            return try MailAddress(text)
        } catch {
            return wrong(place, "\(error)")
        }
    }
}
