import RemindersDomain

/// The value of a message header, as far as an attribute of a CloudEvent can be one.
///
/// The AMQP 1.0 binding of CloudEvents (§3.1.3.2) has a timestamp for `time` and strings for the rest, and lets readers
/// take the text form as well as other numbers.
public enum HeaderValue: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Text.
    case text(String)
    /// Bytes, which some clients send for text.
    case bytes([UInt8])
    /// AMQP's timestamp: seconds since 1970; of clients that follow AMQP 1.0, milliseconds.
    case timestamp(UInt64)
    /// An integer of whatever size.
    case integer(Int64)
    /// Nothing, which means the same as no header.
    case nothing
    /// Anything else, and what it is: "a table".
    case other(String)

    /// Text.
    public init(stringLiteral text: String) {
        self = .text(text)
    }

    /// The text, also of bytes that are UTF-8.
    var asText: String? {
        switch self {
        case .text(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The moment that a number stands for: seconds since 1970, or milliseconds where seconds would lie after the year
    /// 9999. (Read as milliseconds, those seconds would lie before March 1978.)
    var asInstant: Instant? {
        let number: Int64
        switch self {
        case .timestamp(let value): number = Int64(clamping: value)
        case .integer(let value): number = value
        default: return nil
        }
        guard number >= 0 else { return nil }
        if number <= HeaderValue.lastSecond { return Instant(microseconds: number * 1_000_000) }
        guard number <= HeaderValue.lastSecond * 1_000 else { return nil }
        return Instant(microseconds: number * 1_000)
    }

    /// What it is, after "is ".
    var kind: String {
        switch self {
        case .text: "text"
        case .bytes: "bytes that are no UTF-8"
        case .timestamp(let value): "the timestamp \(value)"
        case .integer(let value): "the integer \(value)"
        case .nothing: "nothing"
        case .other(let kind): kind
        }
    }

    /// 9999-12-31T23:59:59Z.
    private static let lastSecond: Int64 = 253_402_300_799
}
