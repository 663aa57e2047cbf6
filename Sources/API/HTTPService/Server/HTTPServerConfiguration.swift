/// How an HTTP server is set up.
public struct HTTPServerConfiguration: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    public var port = 8000
    /// Origins whose pages may call this server (`https://app.example.org`), or `*` for all. None by default.
    public var allowedOrigins: [String] = []
    /// Origins beside its own that pages served here may call.
    public var connectOrigins: [String] = []
    /// The most bytes of a request's body.
    public var bodyLimit = 65_536
    /// How deeply the JSON of a body may be nested.
    public var depthLimit = 16
    /// The most bytes of a request's head, and of one field of it.
    public var headerLimit = 16_384
    /// The most connections at a time; more wait to be accepted.
    public var connectionLimit = 1_000
    /// How long a connection may do nothing.
    public var idleTimeout = Duration.seconds(75)
    /// How long a request may take to arrive.
    public var requestTimeout = Duration.seconds(30)
    /// An answer that takes longer is logged.
    public var slow = Duration.seconds(1)
    /// How many requests a user may send.
    public var rate = RateCap.Limit()
    /// Signs the cursors of lists.
    public var cursors = CursorKey.ofThisProcess

    /// The defaults.
    public init() {}
}
