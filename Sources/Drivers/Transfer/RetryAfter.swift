import CCurl

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
