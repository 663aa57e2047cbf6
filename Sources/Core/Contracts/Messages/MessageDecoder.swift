import RemindersDomain

/// Reads the fields of a message and collects everything that is wrong with them, so that the publisher hears it all
/// at once. Only a body that is no JSON stops it.
///
/// `nil` from a reading method means: null, or a problem was noted. Unknown fields are skipped.
struct MessageDecoder {
    private var reader: JSONReader
    private(set) var problems: [ContractError.Problem] = []
    /// The JSON pointer of the object that is being read.
    private var parent = ""

    init(_ body: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        reader = try JSONReader(body)
    }

    /// Goes into the outermost object. Nil if the body is something else.
    mutating func begin<Field: MessageField>(
        _: Field.Type, at pointer: String = ""
    ) throws(JSONError) -> ObjectCursor<Field>? {
        let kind = try reader.peek()
        guard kind == .object else {
            try reader.skipValue()
            problems.append(.init(pointer: pointer, problem: "is \(kind.rawValue)", expected: "a JSON object"))
            return nil
        }
        try reader.beginObject()
        return ObjectCursor(pointer: pointer)
    }

    /// Goes into the object that is the value of `field`.
    mutating func begin<Field: MessageField>(
        _: Field.Type, in field: some MessageField
    ) throws(JSONError) -> ObjectCursor<Field>? {
        guard try expect(.object, field) else { return nil }
        try reader.beginObject()
        return ObjectCursor(pointer: pointer(of: field))
    }

    /// The next known field of the object, or nil at its end; then required fields that were not there are noted.
    mutating func next<Field: MessageField>(_ cursor: inout ObjectCursor<Field>) throws(JSONError) -> Field? {
        parent = cursor.pointer
        while let key = try reader.nextKey() {
            guard let index = Field.table.index(of: key, from: cursor.next) else {
                try reader.skipValue()
                continue
            }
            let field = Field.table.fields[index]
            if cursor.note(index) { return field }
            try reader.skipValue()
            note(field, "is there twice")
        }
        let missing = Field.table.required & ~cursor.seen
        if missing != 0 {
            for (index, field) in Field.table.fields.enumerated() where missing & (1 << UInt64(index)) != 0 {
                note(field, "is missing")
            }
        }
        return nil
    }

    /// Makes sure that nothing follows the outermost object.
    mutating func finish() throws(JSONError) {
        try reader.finish()
    }

    /// Notes that the value of a field of the current object is wrong.
    mutating func note(_ field: some MessageField, _ problem: String) {
        note(pointer(of: field), problem, expected: field.expected)
    }

    /// Notes that something is wrong.
    mutating func note(_ pointer: String, _ problem: String, expected: String) {
        problems.append(.init(pointer: pointer, problem: problem, expected: expected))
    }

    private func pointer(of field: some MessageField) -> String {
        parent + "/" + field.name
    }
}

// MARK: - Values

extension MessageDecoder {
    /// Free text without NUL (PostgreSQL's `text` and `jsonb` refuse it) of at most `limit` characters; empty only if
    /// the field is optional.
    mutating func text(_ field: some MessageField, upTo limit: Int) throws(JSONError) -> String? {
        guard let text = try string(field) else { return nil }
        if text.utf8.count > limit, text.unicodeScalars.count > limit {
            note(field, "has \(text.unicodeScalars.count) characters")
            return nil
        }
        return text
    }

    /// Text of at most `limit` bytes, without NUL and not empty.
    mutating func text(_ field: some MessageField, upToBytes limit: Int) throws(JSONError) -> String? {
        guard let text = try string(field) else { return nil }
        return checked(text, field, upToBytes: limit)
    }

    /// An opaque id as text, or as a JSON integer, of which the digits are kept however many they are.
    mutating func identifier(_ field: some MessageField) throws(JSONError) -> String? {
        if try reader.peek() == .number {
            let token = try reader.number()
            if token.isSpecial {
                note(field, "is a number with a fraction or an exponent")
                return nil
            }
            return checked(token.digits, field, upToBytes: Limits.identifierBytes)
        }
        return try text(field, upToBytes: Limits.identifierBytes)
    }

    /// Text of at most `limit` bytes, all of which `isAllowed` accepts. The value is not quoted in the problem.
    mutating func word(
        _ field: some MessageField, upToBytes limit: Int, _ isAllowed: (UInt8) -> Bool
    ) throws(JSONError) -> String? {
        guard let text = try text(field, upToBytes: limit) else { return nil }
        guard text.utf8.allSatisfy(isAllowed) else {
            note(field, "has characters that are not allowed")
            return nil
        }
        return text
    }

    /// A link, as `WebLink` has it. It is not quoted in the problem.
    mutating func link(_ field: some MessageField) throws(JSONError) -> String? {
        guard let text = try string(field) else { return nil }
        do throws(WebLinkError) {
            return try WebLink(text).text
        } catch {
            note(field, "is no link: \(error)")
            return nil
        }
    }

    /// One of the raw values of `Choice`.
    mutating func choice<Choice: RawRepresentable<String>>(
        _ field: some MessageField, _: Choice.Type
    ) throws(JSONError) -> Choice? {
        guard try expect(.string, field) else { return nil }
        let text = try reader.string().text
        if let choice = Choice(rawValue: text) { return choice }
        note(field, "is \(ContractError.quote(text))")
        return nil
    }

    /// An integer of at least `least` that fits into an Int64.
    mutating func integer(
        _ field: some MessageField, from least: Int64, to most: Int64 = .max
    ) throws(JSONError) -> Int64? {
        guard try expect(.number, field) else { return nil }
        let token = try reader.number()
        if let value = token.int64, value >= least, value <= most { return value }
        note(field, "is \(ContractError.quote(token.digits).dropFirst().dropLast())")
        return nil
    }

    /// An RFC 3339 date-time with an offset.
    mutating func instant(_ field: some MessageField) throws(JSONError) -> Instant? {
        guard try expect(.string, field) else { return nil }
        let token = try reader.string()
        let instant =
            token.isSpecial
            ? Instant(rfc3339: token.text) : Instant(rfc3339: UnsafeRawBufferPointer(token.bytes))
        if let instant { return instant }
        note(field, "is \(ContractError.quote(token.text))")
        return nil
    }

    /// `true` or `false`.
    mutating func boolean(_ field: some MessageField) throws(JSONError) -> Bool? {
        guard try expect(.boolean, field) else { return nil }
        return try reader.boolean()
    }

    /// The array of at most `limit` opaque ids that is the value of `field`; nil where one of them is none.
    mutating func identifiers(_ field: some MessageField, upTo limit: Int) throws(JSONError) -> [String]? {
        guard try expect(.array, field) else { return nil }
        var ids: [String] = []
        var count = 0
        try reader.beginArray()
        while try reader.nextElement() {
            if count < limit, let id = try identifier(field) { ids.append(id) }
            if count >= limit { try reader.skipValue() }
            count += 1
        }
        if count > limit { note(pointer(of: field), "has \(count) items", expected: field.expected) }
        return ids.count == count ? ids : nil
    }

    /// The array of at most `limit` objects that is the value of `field`; `read` is told the pointer of each. An item
    /// for which it returns nil has a problem noted and is left out.
    mutating func objects<Item>(
        _ field: some MessageField, upTo limit: Int,
        _ read: (inout MessageDecoder, String) throws(JSONError) -> Item?
    ) throws(JSONError) -> [Item] {
        guard try expect(.array, field) else { return [] }
        let pointer = pointer(of: field)
        var items: [Item] = []
        var count = 0
        try reader.beginArray()
        while try reader.nextElement() {
            if count < limit, let item = try read(&self, "\(pointer)/\(count)") { items.append(item) }
            if count >= limit { try reader.skipValue() }
            count += 1
        }
        if count > limit { note(pointer, "has \(count) items", expected: field.expected) }
        return items
    }

    /// Whether the value is null; it is then read.
    mutating func isNull() throws(JSONError) -> Bool {
        guard try reader.peek() == .null else { return false }
        try reader.null()
        return true
    }

    /// Text that is taken if it is text and otherwise ignored.
    mutating func textIfAny() throws(JSONError) -> String? {
        guard try reader.peek() == .string else {
            try reader.skipValue()
            return nil
        }
        return try reader.string().text
    }

    /// Text without NUL, not empty if the field is required.
    private mutating func string(_ field: some MessageField) throws(JSONError) -> String? {
        guard try expect(.string, field) else { return nil }
        let token = try reader.string()
        let text = token.text
        // A NUL can only come from an escape: as a byte of its own it is no JSON.
        if token.isSpecial, text.utf8.contains(0) {
            note(field, "has a NUL character")
            return nil
        }
        if field.isRequired, text.isEmpty {
            note(field, "is empty")
            return nil
        }
        return text
    }

    private mutating func checked(_ text: String, _ field: some MessageField, upToBytes limit: Int) -> String? {
        if text.isEmpty {
            note(field, "is empty")
            return nil
        }
        if text.utf8.count > limit {
            note(field, "has \(text.utf8.count) bytes")
            return nil
        }
        return text
    }

    /// Whether the next value is of this kind. If it is not, it is read, and noted unless it is a null that may be.
    private mutating func expect(_ kind: JSONKind, _ field: some MessageField) throws(JSONError) -> Bool {
        let found = try reader.peek()
        if found == kind { return true }
        try reader.skipValue()
        if found != .null || field.isRequired { note(field, "is \(found.rawValue)") }
        return false
    }
}

/// Text with a grammar of its own.
extension MessageDecoder {
    /// A UUID (RFC 9562 §4) in either case.
    mutating func uuid(_ field: some MessageField) throws(JSONError) -> DeliveryID? {
        guard let text = try text(field, upToBytes: 36) else { return nil }
        if let id = DeliveryID(text) { return id }
        note(field, "is \(ContractError.quote(text))")
        return nil
    }

    /// A language: see `LanguageTag`.
    mutating func locale(_ field: some MessageField) throws(JSONError) -> String? {
        guard let text = try text(field, upToBytes: LanguageTag.longest) else { return nil }
        guard LanguageTag.isValid(text) else {
            note(field, "is \(ContractError.quote(text))")
            return nil
        }
        return text
    }

    /// The characters of an IANA time zone name; whether the zone exists is for who uses it.
    mutating func timeZone(_ field: some MessageField) throws(JSONError) -> String? {
        guard let text = try text(field, upToBytes: Limits.timeZone) else { return nil }
        guard IANAZoneName.hasItsCharacters(text) else {
            note(field, "is \(ContractError.quote(text))")
            return nil
        }
        return text
    }
}
