import CCurl
import RemindersGround

/// One POST or GET, checked. Redirects are not followed, and proxies of the environment are not used.
public struct HTTPRequest: Sendable {
    /// What is asked of the server.
    public enum Method: String, Hashable, Sendable {
        case get = "GET"
        case post = "POST"
    }

    /// What is asked of the server.
    public let method: Method
    /// The whole URL. The path of a webhook is its password.
    public let url: Secret
    /// Name and value, in order.
    public let headers: [(name: String, value: String)]
    /// Sent as it is; `Content-Type` is the caller's. A GET has none.
    public let body: [UInt8]
    /// Longest time from looking up the name to the end of TLS.
    public let connectTimeout: Duration
    /// Longest time for everything.
    public let timeout: Duration
    /// How much of the response body is read; a longer one is cut off, and the status still counts.
    public let maximumResponseBytes: Int
    /// File of PEM certificates to trust instead of the system's.
    public let caFile: String?

    let origin: HTTPOrigin

    /// Checks every value.
    ///
    /// - Parameter allowsClearText: lets `http:` through. For a receiver on the same machine.
    /// - Throws: `FieldError` naming the first value that is refused.
    public init(
        method: Method = .post, url: String, headers: [(name: String, value: String)], body: [UInt8],
        connectTimeout: Duration = .seconds(10), timeout: Duration = .seconds(30),
        maximumResponseBytes: Int = 64 << 10, caFile: String? = nil, allowsClearText: Bool = false
    ) throws(FieldError) {
        try FieldCheck.noControls(url, .url)
        origin = try HTTPOrigin(url: url, allowsClearText: allowsClearText)
        for (name, value) in headers {
            try FieldCheck.headerName(name)
            guard !FieldCheck.hasControl(value) else { throw FieldError(.headerValue(name: name), .controlCharacter) }
        }
        if let caFile { try FieldCheck.noControls(caFile, .caFile) }
        try FieldCheck.timeout(connectTimeout)
        try FieldCheck.timeout(timeout)
        self.method = method
        self.url = Secret(url)
        self.headers = headers
        self.body = method == .get ? [] : body
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.maximumResponseBytes = max(0, maximumResponseBytes)
        self.caFile = caFile
    }
}

extension HTTPRequest: CustomStringConvertible, CustomReflectable {
    /// Scheme, host and port, and the size of the body: `POST https://chat.example.org (312 bytes)`.
    public var description: String { "\(method.rawValue) \(origin) (\(body.count) bytes)" }
    /// Without children, so `dump` finds nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Scheme, host and port of a URL, as libcurl itself reads them.
struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    let scheme: String
    /// In lower case; IPv6 without brackets.
    let host: String
    let port: String

    init(url: String, allowsClearText: Bool) throws(FieldError) {
        guard let parts = curl_url() else { throw FieldError(.url, .malformed) }
        defer { curl_url_cleanup(parts) }
        guard curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK else { throw FieldError(.url, .malformed) }
        guard Self.part(CURLUPART_USER, of: parts) == nil, Self.part(CURLUPART_PASSWORD, of: parts) == nil else {
            throw FieldError(.url, .userInformation)
        }
        guard let scheme = Self.part(CURLUPART_SCHEME, of: parts), let host = Self.part(CURLUPART_HOST, of: parts),
            !host.isEmpty
        else { throw FieldError(.url, .malformed) }
        guard scheme == "https" || (allowsClearText && scheme == "http") else {
            throw FieldError(.url, .schemeNotAllowed)
        }
        self.scheme = scheme
        self.host = (host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host).lowercased()
        port = Self.part(CURLUPART_PORT, of: parts, flags: 1 << 0) ?? ""
    }

    /// - Parameter flags: `CURLU_DEFAULT_PORT` is `1 << 0`; Swift does not import the macro.
    private static func part(_ part: CURLUPart, of parts: OpaquePointer, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(parts, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    var description: String {
        "\(scheme)://\(host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host):\(port)"
    }
}
