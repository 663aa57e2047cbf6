/// The id of a reminder in the other shape: `REM-` and the number with at least three digits, `REM-007`, `REM-12345`.
struct SimpleReminderID: Hashable, Sendable {
    /// The id in `sag_reminders`, 1 or more.
    let number: Int64

    /// The id of this reminder.
    init(_ number: Int64) {
        self.number = number
    }

    /// Reads an id, also without the leading zeros; nil for everything else.
    init?(_ text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let digits = text.dropFirst(Self.prefix.count)
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(digits), number > 0
        else { return nil }
        self.number = number
    }

    /// The id as it is written, as in the view `reminders`.
    var text: String {
        let digits = String(number)
        return Self.prefix + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    private static let prefix = "REM-"
}
