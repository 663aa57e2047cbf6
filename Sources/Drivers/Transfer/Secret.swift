/// A text that is used and never shown: printing, interpolating, dumping or reflecting it gives `<secret>`.
public struct Secret: Hashable, Sendable {
    /// The text itself. Name it only where it is handed over.
    public let revealed: String

    /// Wraps `text`.
    public init(_ text: String) {
        revealed = text
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `<secret>`.
    public var description: String { "<secret>" }
    /// Always `<secret>`.
    public var debugDescription: String { "<secret>" }
    /// Without children, so `dump` finds nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
