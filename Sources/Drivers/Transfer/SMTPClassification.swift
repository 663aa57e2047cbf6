import CCurl

/// What the end of a mail means: a reply code, or an error of the connection and how far it had come.
struct SMTPClassification {
    /// A reply that ended the transaction, classed by its first digit (RFC 5321 4.2.1).
    ///
    /// Codes of authentication (RFC 4954 6) are not the recipient's fault: deferred, and an operator has to look.
    static func answer(_ reply: SMTPReply, stage: TransferResult.Stage) -> TransferVerdict {
        var verdict = TransferVerdict(outcome: .unknown, reply: reply.text, code: reply.code, stage: stage)
        switch reply.code {
        case 200..<300:
            verdict.outcome = .delivered
        case 530, 534, 535, 538:
            verdict.outcome = .deferred(after: nil)
            verdict.isConfigurationError = true
        case 400..<500:
            verdict.outcome = .deferred(after: nil)
        case 500..<600:
            verdict.outcome = .rejected
        default:
            // Neither yes nor no: after the final dot the mail may be on its way.
            verdict.outcome = stage == .answer ? .unknown : .deferred(after: nil)
        }
        return verdict
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
            stage: .connect, isConfigurationError: code >= 500 || isConfiguration(curlCode))
    }

    /// The server was reached and takes mail from strangers only: the password was not asked for.
    static let authenticationNotOffered = TransferVerdict(
        outcome: .deferred(after: nil), reply: "the server offers no AUTH, and a user is configured",
        curlCode: Int32(CURLE_LOGIN_DENIED.rawValue), stage: .connect, isConfigurationError: true)

    /// Ends that the same settings will meet again.
    static func isConfiguration(_ curlCode: CURLcode) -> Bool {
        switch curlCode {
        case CURLE_LOGIN_DENIED, CURLE_USE_SSL_FAILED, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR, CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL,
            CURLE_NOT_BUILT_IN, CURLE_UNKNOWN_OPTION, CURLE_BAD_FUNCTION_ARGUMENT:
            true
        default:
            false
        }
    }
}
