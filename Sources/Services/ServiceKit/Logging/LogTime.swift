import Glibc

/// The time of a log line: seconds and microseconds since 1970-01-01T00:00:00Z.
struct LogTime: Sendable {
    let seconds: Int
    let microseconds: Int

    static var now: LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(seconds: time.tv_sec, microseconds: time.tv_nsec / 1000)
    }

    /// Appends it by RFC 3339 in UTC, such as `2026-11-22T16:04:05.000123Z`.
    ///
    /// - Parameter fractionDigits: how many digits of the second's fraction, up to 6.
    func append(to line: inout [UInt8], fractionDigits: Int = 6) {
        var parts = tm()
        var time = time_t(seconds)
        gmtime_r(&time, &parts)
        append(Int(parts.tm_year) + 1900, 4, then: "-", to: &line)
        append(Int(parts.tm_mon) + 1, 2, then: "-", to: &line)
        append(Int(parts.tm_mday), 2, then: "T", to: &line)
        append(Int(parts.tm_hour), 2, then: ":", to: &line)
        append(Int(parts.tm_min), 2, then: ":", to: &line)
        append(Int(parts.tm_sec), 2, then: ".", to: &line)
        var fraction = microseconds
        for _ in fractionDigits..<6 { fraction /= 10 }
        append(fraction, fractionDigits, then: "Z", to: &line)
    }

    private func append(_ number: Int, _ width: Int, then end: Unicode.Scalar, to line: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
        line.append(UInt8(ascii: end))
    }
}
