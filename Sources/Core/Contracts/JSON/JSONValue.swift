import RemindersDomain

/// Any JSON value, as a tree: for requests whose shape is checked field by field. Texts are compared byte by byte, as
/// `OpaqueID` says.
public enum JSONValue: Hashable, Sendable {
    /// The members in their order; no name occurs twice.
    case object([JSONMember])
    case array([JSONValue])
    case string(String)
    /// The number as it was written, so that no digit is lost.
    case number(String)
    case boolean(Bool)
    case null

    /// Reads a JSON text, strictly by RFC 8259. A key that occurs twice is an error.
    ///
    /// - Parameters:
    ///   - bytes: the whole text.
    ///   - sizeLimit: the most bytes that are taken.
    ///   - depthLimit: how deeply arrays and objects may be nested, at most 64.
    /// - Throws: `JSONError` with what is wrong and where.
    public init(
        parsing bytes: some Collection<UInt8>, sizeLimit: Int = Limits.bodyBytes, depthLimit: Int = Limits.depth
    ) throws(JSONError) {
        let result = Self.withBuffer(of: bytes) { buffer in
            Result { () throws(JSONError) in
                var reader = try JSONReader(buffer, sizeLimit: sizeLimit, depthLimit: depthLimit)
                let value = try JSONValue(reading: &reader)
                try reader.finish()
                return value
            }
        }
        self = try result.get()
    }

    /// What kind of value it is, to follow the words "expected" or "is": `an object`, `null`.
    public var kind: String {
        switch self {
        case .object: JSONKind.object.rawValue
        case .array: JSONKind.array.rawValue
        case .string: JSONKind.string.rawValue
        case .number: JSONKind.number.rawValue
        case .boolean: JSONKind.boolean.rawValue
        case .null: JSONKind.null.rawValue
        }
    }

    /// The member of an object with this name, or nil.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// The text of a string, or nil.
    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A number without fraction or exponent, or nil; also nil when it does not fit.
    public var integer: Int64? {
        guard case .number(let digits) = self else { return nil }
        return Int64(digits)
    }

    private static func withBuffer<Answer>(
        of bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Answer
    ) -> Answer {
        bytes.withContiguousStorageIfAvailable(body) ?? Array(bytes).withUnsafeBufferPointer(body)
    }
}

/// A name of an object and its value.
public struct JSONMember: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The value.
    public let value: JSONValue

    /// Puts the two together.
    public init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

extension JSONMember {
    /// Whether name and value are the same.
    public static func == (left: JSONMember, right: JSONMember) -> Bool {
        left.name.hasSameBytes(as: right.name) && left.value == right.value
    }

    /// Hashes name and value.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(OpaqueID(name))
        hasher.combine(value)
    }
}

extension JSONValue {
    /// Whether both are the same, members and elements in the same order.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.string(let left), .string(let right)), (.number(let left), .number(let right)):
            left.hasSameBytes(as: right)
        case (.boolean(let left), .boolean(let right)): left == right
        case (.null, .null): true
        default: false
        }
    }

    /// Hashes the kind and what is in it.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        switch self {
        case .object(let members): hasher.combine(members)
        case .array(let elements): hasher.combine(elements)
        case .string(let text), .number(let text): hasher.combine(OpaqueID(text))
        case .boolean(let answer): hasher.combine(answer)
        case .null: break
        }
    }
}

extension JSONValue {
    /// The reader's limit of depth bounds the recursion.
    private init(reading reader: inout JSONReader) throws(JSONError) {
        switch try reader.peek() {
        case .string: self = .string(try reader.string().text)
        case .number: self = .number(try reader.number().digits)
        case .boolean: self = .boolean(try reader.boolean())
        case .null:
            try reader.null()
            self = .null
        case .array:
            var elements: [JSONValue] = []
            try reader.beginArray()
            while try reader.nextElement() { elements.append(try JSONValue(reading: &reader)) }
            self = .array(elements)
        case .object:
            var members: [JSONMember] = []
            var names: Set<OpaqueID> = []
            try reader.beginObject()
            while let key = try reader.nextKey() {
                let name = key.text
                guard names.insert(OpaqueID(name)).inserted else {
                    throw JSONError(reason: .duplicateKey, offset: reader.position)
                }
                members.append(JSONMember(name, try JSONValue(reading: &reader)))
            }
            self = .object(members)
        }
    }
}
