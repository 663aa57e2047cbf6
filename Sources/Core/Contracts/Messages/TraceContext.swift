/// A place in a distributed trace: the W3C header `traceparent`
/// (https://www.w3.org/TR/trace-context/ §3.2).
///
/// It travels as the AMQP header `traceparent`. Random bits come from the caller.
public struct TraceContext: Hashable, Sendable {
    /// The name of the AMQP header.
    public static let header = "traceparent"

    /// The upper half of the trace's id.
    public let traceHigh: UInt64
    /// The lower half; not both are 0.
    public let traceLow: UInt64
    /// The id of the span, not 0.
    public let spanID: UInt64
    /// Whether the caller records the trace.
    public let isSampled: Bool

    /// A new trace from 192 random bits. Ids of zero are not allowed, so a span or trace of zero becomes one.
    public init(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, isSampled: Bool = true) {
        self.traceHigh = traceHigh
        self.traceLow = traceHigh == 0 && traceLow == 0 ? 1 : traceLow
        self.spanID = spanID == 0 ? 1 : spanID
        self.isSampled = isSampled
    }

    /// Reads a header; nil if it is malformed, in which case a new trace is to be begun (§3.2.2.4).
    public init?(traceparent: String) {
        var text = traceparent
        let parsed = text.withUTF8 { TraceContext(bytes: $0) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// The same trace with another span in it, of 64 random bits.
    public func child(spanID: UInt64) -> TraceContext {
        TraceContext(traceHigh: traceHigh, traceLow: traceLow, spanID: spanID, isSampled: isSampled)
    }

    /// The header: `00-<32 digits>-<16 digits>-01`.
    public var traceparent: String {
        String(unsafeUninitializedCapacity: 55) { buffer in
            buffer.update(repeating: UInt8(ascii: "-"))
            buffer[0] = UInt8(ascii: "0")
            buffer[1] = UInt8(ascii: "0")
            TraceContext.write(traceHigh, to: buffer, at: 3)
            TraceContext.write(traceLow, to: buffer, at: 19)
            TraceContext.write(spanID, to: buffer, at: 36)
            buffer[53] = UInt8(ascii: "0")
            buffer[54] = UInt8(ascii: isSampled ? "1" : "0")
            return 55
        }
    }

    /// The trace's id as 32 hexadecimal digits, for logs.
    public var traceID: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            TraceContext.write(traceHigh, to: buffer, at: 0)
            TraceContext.write(traceLow, to: buffer, at: 16)
            return 32
        }
    }

    private init?(bytes: UnsafeBufferPointer<UInt8>) {
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = TraceContext.number(bytes, 0..<2), version != 0xFF,
            let high = TraceContext.number(bytes, 3..<19), let low = TraceContext.number(bytes, 19..<35),
            let span = TraceContext.number(bytes, 36..<52), let flags = TraceContext.number(bytes, 53..<55),
            high != 0 || low != 0, span != 0,
            // Version 00 ends here; a later one may go on after a dash (§3.2.4).
            bytes.count == 55 || (version != 0 && bytes[55] == dash)
        else { return nil }
        self.init(traceHigh: high, traceLow: low, spanID: span, isSampled: flags & 1 == 1)
    }

    /// The value of lower-case hexadecimal digits; upper case is not allowed (§3.2.2).
    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> UInt64? {
        var value: UInt64 = 0
        for index in range {
            guard let digit = hexadecimalDigit(bytes[index]), !(65...70).contains(bytes[index]) else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return value
    }

    private static func write(_ value: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 0x0F
            buffer[start + index] = digit < 10 ? 48 + digit : 87 + digit
        }
    }
}
