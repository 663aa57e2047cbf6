/// Who waits for a transfer, and since when.
struct Completion: Sendable {
    let continuation: CheckedContinuation<TransferResult, Never>
    let started: ContinuousClock.Instant
}

/// What a caller hands over.
enum Submission: Sendable {
    case mail(Mail, SMTPServer)
    case request(HTTPRequest)
    case verify(SMTPServer)
}
