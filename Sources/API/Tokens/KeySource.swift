import Foundation
import Logging
import RemindersTransfer

/// Where the issuer's keys come from.
public struct KeySource: Sendable {
    /// The bytes of the set, now.
    let load: @Sendable () async throws(KeySetError) -> [UInt8]

    /// Any function.
    public init(_ load: @escaping @Sendable () async throws(KeySetError) -> [UInt8]) {
        self.load = load
    }

    /// A file, read again when a token names an unknown key.
    public static func file(_ path: String) -> KeySource {
        KeySource { () throws(KeySetError) in
            do {
                return Array(try Data(contentsOf: URL(filePath: path)))
            } catch {
                throw .unreadable((error as? CocoaError).map { "\($0.code)" } ?? "no such file, or not readable")
            }
        }
    }

    /// A URL. Unlike a webhook's, its host may be anywhere: it is the operator's own choice.
    ///
    /// - Parameters:
    ///   - url: `https:`, or `http:` to this machine itself.
    ///   - logger: learns at debug level of connections that failed.
    /// - Throws: `FieldError` for a URL that is none of these.
    public static func url(_ url: String, logger: Logger) throws(FieldError) -> KeySource {
        let isLocal = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(URL(string: url)?.host() ?? "")
        let request = try HTTPRequest(
            method: .get, url: url, headers: [("Accept", "application/jwk-set+json, application/json")], body: [],
            connectTimeout: .seconds(5), timeout: .seconds(10), maximumResponseBytes: KeySetError.largest,
            allowsClearText: isLocal)
        let client = TransferClient(logger: logger, maximumConnectionsPerHost: 1, addressGuard: .all)
        return KeySource { () throws(KeySetError) in
            let result = await client.perform(request)
            guard result.code == 200, result.curlCode == 0 else { throw .notFetched(result.reply) }
            return result.responseBody
        }
    }
}
