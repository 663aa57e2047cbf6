/// A text that must not be shown: a password, a token, or a URL that carries one.
///
/// Whatever prints it (interpolation, `print`, `dump`, reflection, a log's metadata, an error that holds it) shows
/// `<redacted>`. Only `reveal()` gives it away, so a search for that word finds every place that does.
public struct Secret: Sendable, Hashable {
    private let value: String

    /// Takes the text in.
    public init(_ value: String) {
        self.value = value
    }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { value.isEmpty }

    /// The text itself, for handing it over. Keep it out of messages.
    public func reveal() -> String { value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is shown in place of a secret.
    public static let redacted = "<redacted>"

    /// Always `<redacted>`.
    public var description: String { Secret.redacted }
    /// Always `<redacted>`.
    public var debugDescription: String { Secret.redacted }
    /// Without children, so `dump` and reflection find nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
