import RemindersDomain
import SeededRandom

/// A random RFC 5545 rule of daily frequency or coarser.
struct RandomRule {
    private var parts: [(name: String, value: String)] = []
    private let frequency: String

    private static let days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

    init(using dice: inout SeededGenerator) {
        frequency = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].randomElement(using: &dice)!
        parts = [("FREQ", frequency)]
        if dice.chance(50) { add("INTERVAL", Int.random(in: 1...6, using: &dice)) }
        if dice.chance(35) { add("BYMONTH", some(of: 1...12, upTo: 4, using: &dice)) }
        if frequency != "WEEKLY", dice.chance(35) { add("BYMONTHDAY", some(of: signed(31), upTo: 5, using: &dice)) }
        if frequency == "YEARLY", dice.chance(20) { add("BYYEARDAY", some(of: signed(366), upTo: 5, using: &dice)) }
        if frequency == "YEARLY", dice.chance(25) {
            let weeks = signed(51)
            add("BYWEEKNO", some(of: weeks, upTo: 4, using: &dice))
        }
        if dice.chance(50) { addWeekdays(using: &dice) }
        if dice.chance(20) { add("BYHOUR", some(of: 0...23, upTo: 3, using: &dice)) }
        if dice.chance(20) { add("BYMINUTE", some(of: 0...59, upTo: 3, using: &dice)) }
        if dice.chance(10) { add("BYSECOND", some(of: 0...59, upTo: 2, using: &dice)) }
        if dice.chance(25), parts.contains(where: { $0.name.hasPrefix("BY") }) {
            add("BYSETPOS", some(of: signed(4), upTo: 2, using: &dice))
        }
        if dice.chance(30) { add("WKST", Self.days.randomElement(using: &dice)!) }
    }

    /// For a weekly rule with BYSETPOS the day its weeks begin with, otherwise nil.
    var firstDayOfWeek: Weekday? {
        guard frequency == "WEEKLY", value("BYSETPOS") != nil else { return nil }
        return Weekday(rawValue: 1 + Self.days.firstIndex(of: value("WKST") ?? "MO")!)
    }

    /// A COUNT, an UNTIL of each kind, or no end.
    mutating func addEnd(after anchor: LocalDateTime, using dice: inout SeededGenerator) {
        if dice.chance(20) { return add("COUNT", Int.random(in: 1...30, using: &dice)) }
        guard dice.chance(25) else { return }
        let end = anchor.later(byDays: .random(in: 1...(365 * 9), using: &dice))
        let text = end.iso8601.filter { $0 != "-" && $0 != ":" }
        add("UNTIL", [String(text.prefix(8)), text, text + "Z"].randomElement(using: &dice)!)
    }

    /// The parts in any order, as the RFC allows.
    func text(using dice: inout SeededGenerator) -> String {
        parts.shuffled(using: &dice).map { "\($0.name)=\($0.value)" }.joined(separator: ";")
    }

    private mutating func addWeekdays(using dice: inout SeededGenerator) {
        var chosen = Array(Self.days.shuffled(using: &dice).prefix(.random(in: 1...5, using: &dice)))
        let mayNumber = (frequency == "MONTHLY" || frequency == "YEARLY") && value("BYWEEKNO") == nil
        if mayNumber, dice.chance(50) {
            let most = frequency == "MONTHLY" || value("BYMONTH") != nil ? 5 : 53
            chosen = chosen.map { "\(signed(most).randomElement(using: &dice)!)" + $0 }
        }
        add("BYDAY", chosen.joined(separator: ","))
    }

    private mutating func add(_ name: String, _ value: some CustomStringConvertible) {
        parts.append((name, "\(value)"))
    }

    private func value(_ name: String) -> String? { parts.first { $0.name == name }?.value }

    private func signed(_ limit: Int) -> [Int] { Array(-limit ... -1) + Array(1...limit) }

    private func some(of pool: some Sequence<Int>, upTo most: Int, using dice: inout SeededGenerator) -> String {
        pool.shuffled(using: &dice).prefix(.random(in: 1...most, using: &dice)).map(String.init).joined(separator: ",")
    }
}
