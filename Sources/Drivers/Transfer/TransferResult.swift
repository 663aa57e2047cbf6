/// How one mail or request ended.
public struct TransferResult: Sendable {
    /// The four ends there are.
    public enum Outcome: Hashable, Sendable {
        /// The other side took it.
        case delivered
        /// The other side refused it for good: trying again changes nothing.
        case rejected
        /// Nothing was taken; it may be tried again, not before `after` if the other side named a time.
        case deferred(after: Duration?)
        /// It was handed over completely and the answer never came: it may have been taken or not.
        case unknown
    }

    /// Who has to do something about it before others get through.
    public enum Fault: Hashable, Sendable {
        /// Nobody: the outcome says all there is to say.
        case none
        /// The operator: wrong password, no STARTTLS, untrusted certificate, unknown host, refused sender, a webhook that
        /// is not there. It will fail for all, and says nothing about what was to be sent.
        case settings
        /// A rule of the other side's forbids it: for this recipient or for all (relaying, access, policy). One refusal
        /// alone does not tell which.
        case policy
    }

    /// How far it came.
    public enum Stage: String, Hashable, Sendable {
        /// It waited for a connection.
        case queued
        /// Name, TCP, TLS, greeting, AUTH.
        case connect
        /// MAIL, RCPT, DATA.
        case envelope
        /// The message or request was on its way.
        case content
        /// All was handed over: an answer came or was waited for.
        case answer
    }

    /// What became of it.
    public let outcome: Outcome
    /// What the other side said (`550 5.1.1 no such user`), or what went wrong: one line of at most 500 characters,
    /// without control characters.
    public let reply: String
    /// The reply code of SMTP or the status of HTTP; 0 is none.
    public let code: Int
    /// libcurl's CURLcode; 0 is no error of transport.
    public let curlCode: Int32
    /// The start of an HTTP response's body.
    public let responseBody: [UInt8]
    /// How far it came.
    public let stage: Stage
    /// From the call to the end.
    public let duration: Duration
    /// Whether a connection was opened for it.
    public let newConnection: Bool
    /// Who has to do something about it.
    public let fault: Fault
    /// Whether the other side was connected and gave no answer before anything was handed over, until time was over.
    public var isSilence: Bool { (stage == .envelope || stage == .content) && curlCode == 28 }
    /// Whether an operator has to look: it will fail for all.
    public var isConfigurationError: Bool { fault == .settings }
}
