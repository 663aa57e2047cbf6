/// How the text of a setting becomes a value.
public struct SettingKind<Value: Sendable>: Sendable {
    /// What is allowed, to follow the words "allowed:".
    public let expectation: String
    /// Whether the flag may stand alone (`--dry-run`, `--no-dry-run`).
    let isSwitch: Bool
    /// Whether the value is never shown and never taken from a flag.
    let isSecret: Bool
    /// Whether an empty text is a value. Otherwise it counts as not set.
    let acceptsEmpty: Bool
    /// Stands in for the value of a refused setting until `validate` stops the service.
    let placeholder: Value
    /// Makes the value. A problem says what is wrong without repeating the text.
    let parse: @Sendable (String) throws(SettingProblem) -> Value
    /// The value as it would be written in a `.env` file; masked where it may hold a password.
    let show: @Sendable (Value) -> String
    /// The text as it may be shown in an error.
    let mask: @Sendable (String) -> String

    /// Describes a kind of value.
    ///
    /// - Parameters:
    ///   - expectation: what is allowed, to follow the words "allowed:".
    ///   - isSwitch: whether the flag may stand alone.
    ///   - isSecret: whether the value is never shown.
    ///   - acceptsEmpty: whether an empty text is a value.
    ///   - placeholder: any value, used while errors are collected.
    ///   - mask: hides what must not be shown in a text that was refused.
    ///   - show: the value as text.
    ///   - parse: makes the value.
    public init(
        expectation: String, isSwitch: Bool = false, isSecret: Bool = false, acceptsEmpty: Bool = false,
        placeholder: Value, mask: @escaping @Sendable (String) -> String = { $0 },
        show: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String) throws(SettingProblem) -> Value
    ) {
        self.expectation = expectation
        self.isSwitch = isSwitch
        self.isSecret = isSecret
        self.acceptsEmpty = acceptsEmpty
        self.placeholder = placeholder
        self.mask = mask
        self.show = show
        self.parse = parse
    }
}

/// Why a text is not a value of its kind.
public struct SettingProblem: Error, Sendable, CustomStringConvertible {
    /// To follow the value in a sentence, such as "is not a whole number". It does not repeat the value.
    public let description: String

    /// Takes the reason.
    public init(_ description: String) {
        self.description = description
    }
}
