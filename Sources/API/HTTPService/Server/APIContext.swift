import Hummingbird
import Logging
import NIOCore
import RemindersDomain
import RemindersTokens

/// What is known of a request beside itself.
public struct APIContext: RequestContext {
    /// Hummingbird's own part.
    public var coreContext: CoreRequestContextStorage
    /// Whose token came with the request; nil without one. A bad one has been answered with 401 before any route.
    public var identity: Identity? { grant?.identity }
    /// The same, and for how long.
    public var grant: TokenGrant?
    /// Names the request in the log and in `X-Request-ID`.
    public var requestID: String
    /// The most bytes a body may have.
    public var bodyLimit = 65_536
    /// How deeply the JSON of a body may be nested.
    public var depthLimit = 16
    /// Makes and reads the cursors of lists.
    public var cursors = CursorKey.ofThisProcess

    /// Ends the connection the request came on, with all that is being written to it.
    public let closeConnection: @Sendable () -> Void

    /// Begins with what Hummingbird knows.
    public init(source: Source) {
        coreContext = .init(source: source)
        requestID = RequestID().description
        let channel = source.channel
        closeConnection = { channel.close(promise: nil) }
    }

    /// The bearer.
    ///
    /// - Throws: `Problem`, 401, when the request came without a token.
    public func requireIdentity() throws(Problem) -> Identity {
        guard let identity else { throw .unauthenticated }
        return identity
    }

    /// The bearer, who has a scope.
    ///
    /// - Throws: `Problem`, 401 without a token, 403 when the token does not have the scope.
    @discardableResult
    public func require(_ scope: Scope) throws(Problem) -> Identity {
        let identity = try requireIdentity()
        guard identity.has(scope) else { throw .forbidden(scope) }
        return identity
    }

    /// A number in the path.
    ///
    /// - Throws: `Problem`, 404: no such thing exists.
    public func number(_ name: String, orNotFound detail: String) throws(Problem) -> Int64 {
        guard let text = parameters.get(name), text.utf8.first != UInt8(ascii: "+"), let number = Int64(text),
            number > 0
        else { throw .notFound(detail) }
        return number
    }

    /// An id in the path: 1 to 200 bytes without control characters, percent-decoded.
    ///
    /// - Throws: `Problem`, 422, for anything else.
    public func identifier(_ name: String) throws(Problem) -> OpaqueID {
        let text = parameters.get(name)?.removingURLPercentEncoding() ?? ""
        if let detail = FieldRules.identifier(text) { throw .invalid("path/\(name)", detail) }
        return OpaqueID(text)
    }
}
