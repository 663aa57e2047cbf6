/// A column of a row: by position, which is fastest, or by name.
public enum Column: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    /// From 0.
    case index(Int)
    /// As the server names it; of two columns with one name the first is meant.
    case name(String)

    /// Takes a position from 0.
    public init(integerLiteral value: Int) {
        self = .index(value)
    }

    /// Takes a name.
    public init(stringLiteral value: String) {
        self = .name(value)
    }
}
