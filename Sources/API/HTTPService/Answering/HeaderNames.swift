import Hummingbird

/// The name of a header field, such as `HeaderName.eTag`.
public typealias HeaderName = HTTPFields.Element.Name

extension HeaderName {
    /// `Idempotency-Key`: a client's name for one attempt to do something, the same when it tries again.
    public static let idempotencyKey = HeaderName("Idempotency-Key").unsafelyUnwrapped
    /// `Idempotency-Replayed`: `true` when the answer is the one that was given before.
    public static let idempotencyReplayed = HeaderName("Idempotency-Replayed").unsafelyUnwrapped
    /// `Link` (RFC 8288).
    public static let link = HeaderName("Link").unsafelyUnwrapped
    /// `X-Request-ID`: names the request in the log.
    public static let requestID = HeaderName("X-Request-ID").unsafelyUnwrapped
}
