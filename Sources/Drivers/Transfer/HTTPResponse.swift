import CCurl

/// What is kept of a response. Bounded: the callbacks answer less than they were given, which ends the transfer.
struct HTTPResponse {
    private(set) var body: [UInt8] = []
    private(set) var retryAfter: String?
    private(set) var rateLimitReset: String?
    private var reason = ""
    private var headerBytes = 0
    private let maximumBody: Int

    /// More than any receiver of webhooks sends.
    static let maximumHeaderBytes = 64 << 10

    init(maximumBody: Int = 0) {
        self.maximumBody = maximumBody
    }

    mutating func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        let room = maximumBody - body.count
        body.append(contentsOf: bytes.prefix(room))
        return min(bytes.count, room)
    }

    mutating func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        headerBytes += bytes.count
        guard headerBytes <= Self.maximumHeaderBytes else { return 0 }
        if bytes.starts(with: "HTTP/".utf8) {
            // Another response begins, after a 100 or 103.
            reason = ReplyText.clean(bytes.drop { $0 != 0x20 }.dropFirst(5)).trimmed
            retryAfter = nil
            rateLimitReset = nil
        } else if let value = Self.value(of: "retry-after", in: bytes) {
            retryAfter = value
        } else if let value = Self.value(of: "x-ratelimit-reset", in: bytes) {
            rateLimitReset = value
        }
        return bytes.count
    }

    /// The reason phrase, and of a failure the start of what the receiver says about it.
    func text(status: Int) -> String {
        guard status >= 300, !body.isEmpty else { return reason }
        let said = ReplyText.clean(body.prefix(200)).trimmed
        return reason.isEmpty ? said : "\(reason): \(said)"
    }

    private static func value(of name: StaticString, in bytes: UnsafeRawBufferPointer) -> String? {
        let length = name.utf8CodeUnitCount
        guard bytes.count > length, bytes[length] == UInt8(ascii: ":") else { return nil }
        for index in 0..<length where bytes[index] | 0x20 != name.utf8Start[index] { return nil }
        return ReplyText.clean(bytes.dropFirst(length + 1)).trimmed
    }
}

extension String {
    /// Without the blanks at both ends.
    fileprivate var trimmed: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text.drop { $0 == " " })
    }
}

/// `Retry-After` (RFC 9110 10.2.3) and `X-Ratelimit-Reset`.
enum RetryAfter {
    /// A receiver that names more is taken at this.
    static let longest = 86_400

    /// The time to wait, at most a day; nil for what cannot be read.
    ///
    /// - Parameters:
    ///   - value: seconds, seconds since 1970 (as some rate limiters give), or a date in any of HTTP's three forms.
    ///   - now: seconds since 1970.
    static func duration(_ value: String?, now: Int) -> Duration? {
        guard let value else { return nil }
        let text = value.drop { $0 == " " || $0 == "\t" }
        guard let first = text.utf8.first else { return nil }
        let seconds: Int
        if (0x30...0x39).contains(first), let number = leadingNumber(text) {
            // A number of this size can only be a time: it would be 31 years.
            seconds = number > 1_000_000_000 ? number - now : number
        } else {
            guard FieldCheck.isLetterOrDigit(first) else { return nil }
            let time = curl_getdate(String(text), nil)
            guard time >= 0 else { return nil }
            seconds = time - now
        }
        return .seconds(min(max(seconds, 0), longest))
    }

    /// Digits with an optional fraction, rounded up; nil when something else follows.
    private static func leadingNumber(_ text: Substring) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let rest = text.dropFirst(digits.count).drop { $0 == " " || $0 == "\t" }
        let number = digits.count > 12 ? 1_000_000_000_000 : Int(digits)
        guard let number else { return nil }
        if rest.isEmpty { return number }
        guard rest.first == ".", rest.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return rest.dropFirst().allSatisfy { $0 == "0" } ? number : number + 1
    }
}
