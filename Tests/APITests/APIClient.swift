import Glibc
import Hummingbird
import HummingbirdTesting
import NIOCore
import RemindersContracts
import RemindersHTTPService
import RemindersTokens

/// Sends requests with a token, and reads the answers as JSON.
struct APIClient: Sendable {
    let client: any TestClientProtocol
    let identity: Identity?

    static let secret = "a secret for tests, which is long enough"

    static func token(of identity: Identity) -> String {
        TokenIssuer(secret: secret).token(for: identity, issuedAt: Int64(time(nil)), lifetime: .seconds(600))
    }

    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> APIAnswer {
        try await send(.get, path, headers)
    }

    func post(_ path: String, _ json: String? = nil, _ headers: HTTPFields = [:]) async throws -> APIAnswer {
        try await send(.post, path, headers, json.map { Array($0.utf8) })
    }

    func put(_ path: String, _ json: String, _ headers: HTTPFields = [:]) async throws -> APIAnswer {
        try await send(.put, path, headers, Array(json.utf8))
    }

    func patch(_ path: String, _ json: String, _ headers: HTTPFields = [:]) async throws -> APIAnswer {
        try await send(.patch, path, headers, Array(json.utf8))
    }

    func delete(_ path: String, _ headers: HTTPFields = [:]) async throws -> APIAnswer {
        try await send(.delete, path, headers)
    }

    /// Sends any bytes; a body is JSON unless the headers say otherwise.
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:], _ body: [UInt8]? = nil
    ) async throws -> APIAnswer {
        var headers = headers
        if let identity { headers[.authorization] = "Bearer \(APIClient.token(of: identity))" }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0) }
        ) { APIAnswer($0) }
    }
}

/// An answer, whose parts are named by JSON pointers (RFC 6901): `answer["/items/0/title"]`.
struct APIAnswer: Sendable, CustomStringConvertible {
    let status: Int
    let headers: HTTPFields
    let body: [UInt8]
    /// null when the body is no JSON.
    let json: JSONValue

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        body = Array(response.body.readableBytesView)
        json = (try? JSONValue(parsing: body, sizeLimit: 10_000_000, depthLimit: 32)) ?? .null
    }

    /// The value at a pointer, nil when there is none. Literals compare with it: `answer["/id"] == 17`.
    subscript(pointer: String) -> JSONValue? {
        pointer.split(separator: "/").reduce(json) { value, step in
            if case .array(let elements) = value {
                return Int(step).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            }
            return value?[String(step)]
        }
    }

    /// How many elements the array at a pointer has; 0 when there is none.
    func count(_ pointer: String) -> Int {
        if case .array(let elements) = self[pointer] { elements.count } else { 0 }
    }

    /// The id of what was created or shown.
    var id: Int64 { self["/id"]?.integer ?? -1 }

    /// The fields a problem names, in their order.
    var pointers: [String] {
        guard case .array(let errors) = self["/errors"] else { return [] }
        return errors.compactMap { $0["pointer"]?.text }
    }

    /// What a problem says about a field.
    func detail(of pointer: String) -> String? {
        guard case .array(let errors) = self["/errors"] else { return nil }
        return errors.first { $0["pointer"]?.text == pointer }?["detail"]?.text
    }

    var text: String { String(decoding: body, as: UTF8.self) }
    var tag: String? { headers[.eTag] }
    var description: String { "\(status) \(text)" }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    /// `"text"`
    public init(stringLiteral text: String) { self = .string(text) }
    /// `17`
    public init(integerLiteral number: Int) { self = .number(String(number)) }
    /// `true`
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
