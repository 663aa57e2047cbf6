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
