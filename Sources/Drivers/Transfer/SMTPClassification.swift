import CCurl

/// What the end of a mail means: a reply code, or an error of the connection and how far it had come.
struct SMTPClassification {
    /// A reply that ended the transaction, classed by its first digit (RFC 5321 4.2.1) and, where it is a refusal for good,
    /// by whose fault it is.
    ///
    /// - Parameter command: what it is the answer to.
    static func answer(
        _ reply: SMTPReply, to command: SMTPCommand, stage: TransferResult.Stage
    ) -> TransferVerdict {
        var verdict = TransferVerdict(outcome: .unknown, reply: reply.text, code: reply.code, stage: stage)
        switch reply.code {
        case 200..<300:
            verdict.outcome = .delivered
        case 454 where command == .mail, 530, 534, 535, 538:
            // RFC 4954 6: login is wanted, or failed.
            verdict.outcome = .deferred(after: nil)
            verdict.fault = .settings
        case 400..<500:
            verdict.outcome = .deferred(after: nil)
        case 500..<600:
            verdict.fault = fault(of: reply, to: command)
            verdict.outcome = verdict.fault == .settings ? .deferred(after: nil) : .rejected
        default:
            // Neither yes nor no: after the final dot the mail may be on its way.
            verdict.outcome = stage == .answer ? .unknown : .deferred(after: nil)
        }
        return verdict
    }

    /// Whose fault a refusal for good is, by its enhanced code (RFC 3463) or, where a server has none, by its words.
    private static func fault(of reply: SMTPReply, to command: SMTPCommand) -> TransferResult.Fault {
        let (subject, detail) = reply.enhancedStatus ?? (0, 0)
        switch (subject, detail) {
        // The message is too large, or cannot be carried as it is: X.2.3, X.3.4, X.6.
        case (2, 3), (3, 4), (6, _): return .none
        // The sender's address, which is ours, also where a server looks at it with the recipient's; login is wanted or
        // failed: RFC 4954 6.
        case (1, 7), (1, 8), (7, 8), (7, 9), (7, 11), (7, 12): return .settings
        default: break
        }
        // The sender is ours. 552 is its size (RFC 1870 6), 555 a parameter that the message needs.
        if command == .mail { return reply.code == 552 || reply.code == 555 ? .none : .settings }
        switch subject {
        // The recipient's address, mailbox, or the way there.
        case 1, 2, 4: return .none
        // The server takes none at all, or takes ours for no mail server's: X.3, X.5.
        case 3, 5: return .policy
        case 7: return .policy
        default: return soundsLikePolicy(reply) ? .policy : .none
        }
    }

    private static func soundsLikePolicy(_ reply: SMTPReply) -> Bool {
        let text = reply.text.lowercased()
        return [
            "relay", "authenticat", "not permitted", "not allowed", "denied", "policy", "blocked", "blacklist",
            "blocklist", "spam", "reputation", "prohibited",
        ].contains { text.contains($0) }
    }

    /// The connection was lost or timed out during a transaction.
    ///
    /// - Parameter stage: `.answer` once the final dot has gone: RFC 5321 4.5.5 leaves open what the server did.
    static func lost(_ curlCode: CURLcode, stage: TransferResult.Stage, detail: String) -> TransferVerdict {
        TransferVerdict(
            outcome: stage == .answer ? .unknown : .deferred(after: nil), reply: ReplyText.clean(detail),
            curlCode: Int32(curlCode.rawValue), stage: stage)
    }

    /// No connection came about. Nothing was handed over, so it is always deferred.
    ///
    /// - Parameters:
    ///   - reply: the last reply of the server, if it got that far.
    ///   - detail: libcurl's own words.
    static func notConnected(_ curlCode: CURLcode, reply: SMTPReply?, detail: String) -> TransferVerdict {
        var text = ReplyText.clean(detail.isEmpty ? String(cString: curl_easy_strerror(curlCode)) : detail)
        var code = 0
        if let reply, reply.code >= 400 {
            text = reply.text
            code = reply.code
        }
        return TransferVerdict(
            outcome: .deferred(after: nil), reply: text, code: code, curlCode: Int32(curlCode.rawValue),
            stage: .connect, fault: code >= 500 || code == 454 || isConfiguration(curlCode) ? .settings : .none)
    }

    /// The server was reached and takes mail from strangers only: the password was not asked for.
    static let authenticationNotOffered = TransferVerdict(
        outcome: .deferred(after: nil), reply: "the server offers no AUTH, and a user is configured",
        curlCode: Int32(CURLE_LOGIN_DENIED.rawValue), stage: .connect, fault: .settings)

    /// Ends that the same settings will meet again, as long as nobody mends them or what they name: a host without an
    /// address is among them, and a server that TLS fails with.
    static func isConfiguration(_ curlCode: CURLcode) -> Bool {
        switch curlCode {
        case CURLE_LOGIN_DENIED, CURLE_USE_SSL_FAILED, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR, CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL,
            CURLE_NOT_BUILT_IN, CURLE_UNKNOWN_OPTION, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_COULDNT_RESOLVE_HOST,
            CURLE_COULDNT_RESOLVE_PROXY, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            true
        default:
            false
        }
    }
}
