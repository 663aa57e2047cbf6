/// One time at which a schedule fires.
public struct Occurrence: Hashable, Sendable {
    /// The moment.
    public let at: Instant
    /// What a clock in the schedule's zone shows at that moment.
    public let local: LocalDateTime
    /// An English sentence where a clock change or a short month moved the time or made it ambiguous.
    public let remark: String?

    /// An occurrence with all its parts.
    public init(at: Instant, local: LocalDateTime, remark: String? = nil) {
        self.at = at
        self.local = local
        self.remark = remark
    }
}

/// A local time that a rule yields, before it is placed on the time line.
struct RuleTime: Hashable, Sendable {
    var local: LocalDateTime
    /// The day of the month the rule asked for, where a short month made it another.
    var intendedDay: Int?
}

/// A local time of a rule, placed on the time line.
struct PlacedTime: Sendable {
    let time: RuleTime
    let instant: Instant
    let change: ZonedTime.Change

    init(_ time: RuleTime, in zone: IANAZone) {
        let converted = zone.convert(time.local)
        self.time = time
        instant = converted.instant
        change = converted.change
    }

    /// What a clock shows at that moment.
    var shown: LocalDateTime { time.local.adding(seconds: gap) }

    /// How many seconds a clock change moved it forward.
    var gap: Int {
        if case .skipped(let gap) = change { gap } else { 0 }
    }
}

extension Occurrence {
    init(_ placed: PlacedTime, zone: IANAZone, monthEnd: MonthEnd) {
        let time = placed.time
        let shown = placed.shown
        var remarks: [String] = []
        if let intended = time.intendedDay {
            remarks.append(Occurrence.shortMonthRemark(intended: intended, actual: shown.date, monthEnd: monthEnd))
        }
        switch placed.change {
        case .none:
            break
        case .skipped:
            let target = shown.date == time.local.date ? shown.clockText : "\(shown.date) \(shown.clockText)"
            remarks.append(
                "\(time.local.clockText) on \(time.local.date) does not exist in \(zone.identifier), "
                    + "where the clocks go forward: moved to \(target)")
        case .doubled:
            remarks.append(
                "\(shown.clockText) on \(shown.date) comes twice in \(zone.identifier), "
                    + "where the clocks go back: the first is meant")
        }
        let remark = remarks.isEmpty ? nil : remarks.joined(separator: "; ")
        self.init(at: placed.instant, local: shown, remark: remark)
    }

    private static func shortMonthRemark(intended: Int, actual: CivilDate, monthEnd: MonthEnd) -> String {
        if monthEnd == .forward {
            let month = actual.adding(days: -1)
            return "the month \(month.description.dropLast(3)) has no day \(intended): moved to the first of the next"
        }
        return "the month \(actual.description.dropLast(3)) has no day \(intended): moved to its last, \(actual.day)"
    }
}
