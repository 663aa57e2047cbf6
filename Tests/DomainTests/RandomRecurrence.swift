import RemindersDomain
import SeededRandom

/// A random question to both calendars: which occurrences does this rule have between two moments?
///
/// Left out is what python-dateutil does otherwise than RFC 5545 says (decision 0013):
/// - numbered and plain weekdays in one BYDAY are combined with "and";
/// - BYSETPOS in the first, partial week counts from the anchor, not from the beginning of the week: such rules start
///   on the first day of a week here;
/// - week numbers 52 and 53, from either end, go wrong where a week lies in two years.
struct RandomRecurrence {
    /// What is asked of us.
    let recurrence: Recurrence
    let monthEnd: MonthEnd?
    let anchor: LocalDateTime
    let zone: IANAZone
    let after: Instant
    let before: Instant
    /// Times that may or may not be occurrences.
    let exclusions: [LocalDateTime]
    /// What is asked of dateutil, which has rules only.
    let rule: String

    static let zones = [
        "Europe/Copenhagen", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo",
        "Africa/Casablanca", "Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia",
        "Asia/Gaza", "Africa/Cairo", "America/Havana", "Antarctica/Troll", "Europe/Dublin", "UTC",
    ]

    init(using dice: inout SeededGenerator) throws {
        zone = try ZoneCatalog.shared.zone(Self.zones.randomElement(using: &dice)!)
        var start = LocalDateTime(
            date: CivilDate(daysSince1970: .random(in: 9_131...23_741, using: &dice)),  // 1995 to 2034
            secondOfDay: .random(in: 0..<86_400, using: &dice))
        // Half of them fall into the hours in which clocks are changed.
        if Bool.random(using: &dice) {
            start = LocalDateTime(date: start.date, secondOfDay: 900 * .random(in: 0..<16, using: &dice))
        }
        var years: Int64 = 10
        if dice.chance(15) {
            let plain = Self.plain(start, using: &dice)
            (recurrence, monthEnd, rule) = plain
        } else {
            var random = RandomRule(using: &dice)
            if let first = random.firstDayOfWeek {
                start = start.later(byDays: -((start.date.weekday.rawValue - first.rawValue + 7) % 7))
            }
            random.addEnd(after: start, using: &dice)
            rule = random.text(using: &dice)
            recurrence = .rrule(rule)
            monthEnd = nil
            if rule.contains("DAILY") { years = 3 }
        }
        anchor = start
        let origin = Instant(microseconds: start.microseconds)
        let offset: Int64 = dice.chance(30) ? -3 : .random(in: 0...365 * years, using: &dice)
        after = origin + .seconds(offset * 86_400 + .random(in: 0..<86_400, using: &dice))
        before = after + .seconds(86_400 * .random(in: 1...(365 * years), using: &dice))
        exclusions = try Self.exclusions(recurrence, anchor, zone, after, using: &dice)
    }

    /// `daily`, `weekly` and `monthly`, and the rule that means the same.
    private static func plain(
        _ anchor: LocalDateTime, using dice: inout SeededGenerator
    ) -> (Recurrence, MonthEnd?, String) {
        switch Int.random(in: 0..<4, using: &dice) {
        case 0: return (.daily, nil, "FREQ=DAILY")
        case 1: return (.weekly, nil, "FREQ=WEEKLY")
        case 2: return (.monthly, .omit, "FREQ=MONTHLY")
        default:
            let day = anchor.date.day
            guard day > 28 else { return (.monthly, nil, "FREQ=MONTHLY") }
            let days = (28...day).map(String.init).joined(separator: ",")
            return (.monthly, nil, "FREQ=MONTHLY;BYMONTHDAY=\(days);BYSETPOS=-1")
        }
    }

    /// Up to three of the coming occurrences, and now and then a time that is none.
    private static func exclusions(
        _ recurrence: Recurrence, _ anchor: LocalDateTime, _ zone: IANAZone, _ after: Instant,
        using dice: inout SeededGenerator
    ) throws -> [LocalDateTime] {
        guard dice.chance(20) else { return [] }
        let coming = try RecurrenceSchedule(anchor: anchor, zone: zone, recurrence: recurrence)
            .occurrences(after: after, limit: 10).filter { $0.remark == nil }.map(\.local)
        return Array(coming.shuffled(using: &dice).prefix(3)) + [anchor.later(byDays: 1)]
    }
}

extension LocalDateTime {
    /// The same time of day so many days later.
    func later(byDays days: Int) -> LocalDateTime {
        LocalDateTime(microseconds: microseconds + Int64(days) * 86_400_000_000)
    }
}

extension SeededGenerator {
    /// True in so many of a hundred cases.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
