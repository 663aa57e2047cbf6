/// The unit of a number in a length of time.
public enum DurationUnit: Sendable, CaseIterable {
    /// Thousandths of a second.
    case milliseconds
    /// Seconds.
    case seconds
    /// Minutes of 60 seconds.
    case minutes
    /// Hours of 60 minutes.
    case hours
    /// Days of 24 hours.
    case days

    /// How it is written after a number.
    var symbol: String {
        switch self {
        case .milliseconds: "ms"
        case .seconds: "s"
        case .minutes: "m"
        case .hours: "h"
        case .days: "d"
        }
    }

    /// How it is called in a sentence.
    var word: String {
        "\(self)"
    }

    var milliseconds: Int64 {
        switch self {
        case .milliseconds: 1
        case .seconds: 1000
        case .minutes: 60_000
        case .hours: 3_600_000
        case .days: 86_400_000
        }
    }
}

/// Lengths of time as people write them.
public enum DurationText {
    /// Reads numbers with units, `250ms`, `1.5s`, `1h30m`, or one number without a unit; nil if it is none of these,
    /// is negative or is beyond 100 years.
    public static func duration(_ text: String, plainUnit: DurationUnit) -> Duration? {
        let units = Dictionary(uniqueKeysWithValues: DurationUnit.allCases.map { ($0.symbol, $0) })
        var rest = text.lowercased()[...]
        var milliseconds = 0.0
        guard !rest.isEmpty else { return nil }
        if let number = number(rest) {
            milliseconds = number * Double(plainUnit.milliseconds)
            rest = ""
        }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let symbol = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(symbol.count)
            guard let number = number(digits), let unit = units[String(symbol)] else { return nil }
            milliseconds += number * Double(unit.milliseconds)
        }
        guard milliseconds <= 100 * 366 * 86_400_000 else { return nil }
        return .microseconds(Int64((milliseconds * 1000).rounded()))
    }

    private static func number(_ text: Substring) -> Double? {
        guard text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), text.first?.isNumber == true else {
            return nil
        }
        return Double(text)
    }

    /// The shortest way to write it: `5m`, `90s`, `250ms`.
    public static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds == 0 else {
            let milliseconds = Double(seconds) * 1000 + Double(attoseconds) / 1e15
            return milliseconds == milliseconds.rounded() ? "\(Int64(milliseconds))ms" : "\(milliseconds)ms"
        }
        for unit in [DurationUnit.days, .hours, .minutes] where seconds != 0 {
            let size = unit.milliseconds / 1000
            if seconds % size == 0 { return "\(seconds / size)\(unit.symbol)" }
        }
        return "\(seconds)s"
    }
}
