import RemindersContracts
import RemindersDomain

extension TraceContext {
    /// The trace of an occurrence that no event from outside began: always the same one, so that every message and
    /// log line about it, also after a crash, belongs together.
    public init(occurrence id: Int64, at due: Instant) {
        let high = TraceContext.mix(UInt64(bitPattern: due.microseconds))
        let low = TraceContext.mix(high ^ UInt64(bitPattern: id))
        self.init(traceHigh: high, traceLow: low, spanID: TraceContext.mix(low))
    }

    /// The header of an occurrence: that of the event that began its trace, or one of its own.
    static func header(_ traceparent: String?, occurrence id: Int64, at due: Instant) -> String {
        traceparent ?? TraceContext(occurrence: id, at: due).traceparent
    }

    /// The id of an occurrence's trace, for log lines.
    public static func id(_ traceparent: String?, occurrence id: Int64, at due: Instant) -> String {
        (traceparent.flatMap(TraceContext.init(traceparent:)) ?? TraceContext(occurrence: id, at: due)).traceID
    }

    /// Spreads the bits of a counter or a clock (the finaliser of SplitMix64, https://prng.di.unimi.it/splitmix64.c).
    private static func mix(_ value: UInt64) -> UInt64 {
        var bits = value &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
