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

extension Occurrence {
    init(_ time: RuleTime, converted: ZonedTime, zone: IANAZone, monthEnd: MonthEnd) {
        var shown = time.local
        var remarks: [String] = []
        if let intended = time.intendedDay {
            remarks.append(Occurrence.shortMonthRemark(intended: intended, actual: shown.date, monthEnd: monthEnd))
        }
        switch converted.change {
        case .none:
            break
        case .skipped(let gap):
            shown = time.local.adding(seconds: gap)
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
        self.init(at: converted.instant, local: shown, remark: remark)
    }

    private static func shortMonthRemark(intended: Int, actual: CivilDate, monthEnd: MonthEnd) -> String {
        if monthEnd == .forward {
            let month = actual.adding(days: -1)
            return "the month \(month.description.dropLast(3)) has no day \(intended): moved to the first of the next"
        }
        return "the month \(actual.description.dropLast(3)) has no day \(intended): moved to its last, \(actual.day)"
    }
}
