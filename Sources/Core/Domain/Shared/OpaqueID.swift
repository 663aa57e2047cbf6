/// An id that somebody else made: of a user, a case, a key.
///
/// Two of them are equal when they have the same bytes, as in the database. Two `String`s are equal already when Unicode
/// calls them canonically equivalent: `å` as one character and as two. Compared so, one person would read what is
/// another's. So wherever ids are compared, looked up or put into sets, they are of this type.
public struct OpaqueID: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The id as it came.
    public let text: String

    /// The id that `text` is.
    public init(_ text: String) {
        self.text = text
    }

    /// The id that `text` is.
    public init(stringLiteral text: String) {
        self.text = text
    }

    /// Whether both have the same bytes.
    public static func == (left: OpaqueID, right: OpaqueID) -> Bool {
        left.text.hasSameBytes(as: right.text)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xFF))
    }
}

extension OpaqueID: Comparable {
    /// By bytes, as PostgreSQL's collation `C` has it.
    public static func < (left: OpaqueID, right: OpaqueID) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension OpaqueID: CustomStringConvertible {
    /// The id as it came.
    public var description: String { text }
}

extension OpaqueID: Codable {
    /// Reads a string.
    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    /// Writes a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension StringProtocol {
    /// Whether both have the same bytes: what is canonically equivalent in Unicode can be told apart so.
    public func hasSameBytes(as other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}
