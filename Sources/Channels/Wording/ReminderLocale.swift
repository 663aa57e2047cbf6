/// A language that messages are written in. The raw value is the language tag (RFC 5646).
public enum ReminderLocale: String, CaseIterable, Sendable {
    /// English.
    case english = "en"
    /// Danish.
    case danish = "da"
    /// German.
    case german = "de"

    /// Its words, from its file in `Languages`.
    var words: ReminderWords {
        switch self {
        case .english: .english
        case .danish: .danish
        case .german: .german
        }
    }

    /// Its words for how often something comes, from the same file.
    var recurrence: RecurrenceLanguage {
        switch self {
        case .english: .english
        case .danish: .danish
        case .german: .german
        }
    }

    /// The language of a tag like `da`, `da-DK` or `da_DK`, in any case; nil for another language.
    public init?(tag: String) {
        let language = tag.utf8.prefix { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
        guard language.count == 2 else { return nil }
        let found = ReminderLocale.allCases.first { locale in
            zip(locale.rawValue.utf8, language).allSatisfy { expected, byte in
                byte == expected || (byte | 0x20 == expected && (0x41...0x5A).contains(byte))
            }
        }
        guard let found else { return nil }
        self = found
    }
}
