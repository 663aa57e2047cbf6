import CCurl

/// What the end of a request means.
struct HTTPClassification {
    /// What is known of a request when it has ended.
    struct Facts {
        /// The status; 0 when none came.
        var status = 0
        /// `Retry-After`, as it came.
        var retryAfter: String?
        /// `X-Ratelimit-Reset`, as it came.
        var rateLimitReset: String?
        /// libcurl's end.
        var curlCode = CURLE_OK
        /// libcurl's words.
        var detail = ""
        /// Whether the whole request was given to the connection.
        var requestSent = false
        /// Why the address guard refused, when it refused every address.
        var refusedAddress: String?
        /// Status line or the start of the body.
        var text = ""
    }

    /// - Parameter now: seconds since 1970, for a `Retry-After` that is a date.
    static func verdict(_ facts: Facts, now: Int) -> TransferVerdict {
        guard facts.status < 200 else { return answered(facts, now: now) }
        if let refused = facts.refusedAddress {
            return TransferVerdict(
                outcome: .deferred(after: nil), reply: "the host's address is not allowed: \(refused)",
                curlCode: Int32(facts.curlCode.rawValue), stage: .connect, fault: .settings)
        }
        let words = facts.detail.isEmpty ? String(cString: curl_easy_strerror(facts.curlCode)) : facts.detail
        return TransferVerdict(
            outcome: facts.requestSent ? .unknown : .deferred(after: nil), reply: ReplyText.clean(words),
            curlCode: Int32(facts.curlCode.rawValue), stage: facts.requestSent ? .answer : .connect,
            fault: SMTPClassification.isConfiguration(facts.curlCode) ? .settings : .none)
    }

    /// By status (RFC 9110 15, RFC 6585 4). A redirect is not followed: its target was not what the operator named.
    ///
    /// What the URL or the credentials are to blame for is the operator's fault; what no answer to the content can be is
    /// most likely meant for all. Only 413 and 422 are surely about what was sent.
    private static func answered(_ facts: Facts, now: Int) -> TransferVerdict {
        let outcome: TransferResult.Outcome
        var fault = TransferResult.Fault.none
        switch facts.status {
        case 200..<300: outcome = .delivered
        case 300..<400, 401...405, 407, 410, 421, 426, 451, 495...497, 501, 505, 511:
            outcome = .deferred(after: nil)
            fault = .settings
        case 408, 425, 429, 500...:
            outcome = .deferred(
                after: RetryAfter.duration(facts.retryAfter, now: now)
                    ?? RetryAfter.duration(facts.rateLimitReset, now: now))
        case 413, 422: outcome = .rejected
        default:
            outcome = .rejected
            fault = .policy
        }
        let text = facts.text.isEmpty ? "" : " \(facts.text)"
        return TransferVerdict(
            outcome: outcome, reply: ReplyText.clean("\(facts.status)\(text)"), code: facts.status,
            curlCode: Int32(facts.curlCode.rawValue), stage: .answer, fault: fault)
    }
}
