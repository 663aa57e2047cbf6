/// A day of the week, numbered as ISO 8601 does: Monday is 1, Sunday is 7.
public enum Weekday: Int, CaseIterable, Comparable, Sendable, Codable {
    case monday = 1
    case tuesday
    case wednesday
    case thursday
    case friday
    case saturday
    case sunday

    /// The weekday of the day `days` days after 1970-01-01, which was a Thursday.
    public init(daysSince1970 days: Int) {
        let fromMonday = (days + 3) % 7
        // Always one of the seven.
        self = Weekday(rawValue: (fromMonday < 0 ? fromMonday + 7 : fromMonday) + 1) ?? .monday
    }

    /// Monday is least.
    public static func < (left: Weekday, right: Weekday) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Some days of the week.
public struct WeekdaySet: OptionSet, Hashable, Sendable {
    /// Bit 0 is Monday, bit 6 is Sunday.
    public let rawValue: UInt8

    /// The set of these bits; others than 0...6 are ignored.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue & 0x7f
    }

    /// The set of these days.
    public init(_ days: some Sequence<Weekday>) {
        self.init(rawValue: days.reduce(0) { $0 | 1 << ($1.rawValue - 1) })
    }

    /// Monday to Sunday.
    public static let all = WeekdaySet(rawValue: 0x7f)

    /// Whether `day` is one of them.
    public func contains(_ day: Weekday) -> Bool {
        rawValue & 1 << (day.rawValue - 1) != 0
    }

    /// The days, Monday first.
    public var days: [Weekday] {
        Weekday.allCases.filter { contains($0) }
    }
}
