import Hummingbird
import NIOCore
import NIOHTTP1

/// Why a connection is ended with an answer of its own, before any route sees the request.
public struct RequestRefusal: Hashable, Sendable {
    /// The status of the answer.
    public let status: HTTPResponse.Status
    /// One sentence for who sent the request.
    public let detail: String
}

extension RequestRefusal {
    static let tooSlow = RequestRefusal(status: .requestTimeout, detail: "The request took too long to arrive")

    /// What the parser could not read.
    init(_ error: HTTPParserError) {
        self =
            error == .headerOverflow
            ? RequestRefusal(status: .requestHeaderFieldsTooLarge, detail: "The head of the request is too large")
            : RequestRefusal(status: .badRequest, detail: "The request is not HTTP/1.1")
    }

    /// What a head must have so that everybody between client and server understands it in the same way; nil when it
    /// has that. (RFC 9112 §3.2 for `Host`; §6.1 and §6.3 for `Transfer-Encoding`.)
    init?(of head: HTTPRequestHead) {
        let hosts = head.headers["host"]
        if hosts.count > 1 {
            self = .malformed("Send one Host field")
        } else if hosts.isEmpty, !head.isOlderThanHTTP11 {
            self = .malformed("Send a Host field")
        } else if let host = hosts.first, !Self.isHost(host) {
            self = .malformed("The Host field must be a host and perhaps a port")
        } else if let refusal = Self.ofCodings(head) {
            self = refusal
        } else {
            return nil
        }
    }

    private static func ofCodings(_ head: HTTPRequestHead) -> RequestRefusal? {
        guard head.headers.contains(name: "transfer-encoding") else { return nil }
        // Empty members of a list count too: whoever is in between may read them otherwise.
        let codings = head.headers["transfer-encoding"].flatMap { field in
            field.lowercased().filter { $0 != " " && $0 != "\t" }.split(
                separator: ",", omittingEmptySubsequences: false)
        }
        if head.isOlderThanHTTP11 { return .malformed("HTTP/1.0 has no Transfer-Encoding") }
        if head.headers.contains(name: "content-length") {
            return .malformed("Send either Content-Length or Transfer-Encoding")
        }
        if codings.filter({ $0 == "chunked" }).count == 1, codings.last == "chunked" {
            guard codings.count > 1 else { return nil }
            return RequestRefusal(status: .notImplemented, detail: "The only Transfer-Encoding here is chunked")
        }
        return .malformed("Transfer-Encoding must be chunked, once")
    }

    /// The characters of a host name, an address, or an address in brackets, and a port (RFC 3986 §3.2). An empty one
    /// says that the target has no authority.
    private static func isHost(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._~%!$&'()*+,;=:[]".utf8.contains(byte)
            }
        }
    }

    private static func malformed(_ detail: String) -> RequestRefusal {
        RequestRefusal(status: .badRequest, detail: detail)
    }
}

extension HTTPRequestHead {
    fileprivate var isOlderThanHTTP11: Bool { version.major < 1 || version.major == 1 && version.minor < 1 }
}

/// Looks at each head as it was sent, and lets nothing through after one that is refused.
final class RequestFraming: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let onRefusal: (RequestRefusal) -> Void
    private var hasRefused = false

    /// - Parameter onRefusal: is told why, before the error that ends the connection goes on.
    init(onRefusal: @escaping (RequestRefusal) -> Void) {
        self.onRefusal = onRefusal
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasRefused else { return }
        if case .head(let head) = unwrapInboundIn(data), let refusal = RequestRefusal(of: head) {
            hasRefused = true
            onRefusal(refusal)
            context.fireErrorCaught(HTTPParserError.unknown)
        } else {
            context.fireChannelRead(data)
        }
    }
}
