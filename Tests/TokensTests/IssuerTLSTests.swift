import Logging
import TestSupport
import Testing

@testable import RemindersTokens

/// Whoever could hand out keys in the issuer's place would sign tokens.
@Suite("Keys of an issuer by https") struct IssuerTLSTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func keys(from server: TLSServer, host: String = "localhost", trusting authority: Certificates?)
        async throws
        -> [UInt8]
    {
        try await KeySource.url(
            "https://\(host):\(server.port)/keys", caFile: authority?.authority.path, logger: logger
        ).load()
    }

    @Test(
        "are taken from who shows a certificate for its name, from a known authority and in force, and from nobody else"
    )
    func verified() async throws {
        let good = try await Certificates.make(names: ["DNS:localhost"])
        let expired = try await Certificates.make(names: ["DNS:localhost"], expired: true)
        let others = try await Certificates.make(names: ["DNS:id.example.org"])
        let server = try await TLSServer.start(good, files: ["keys": "{}"])
        #expect(try await keys(from: server, trusting: good) == Array("{}".utf8))

        let late = try await TLSServer.start(expired, files: ["keys": "{}"])
        let another = try await TLSServer.start(others, files: ["keys": "{}"])
        for (server, authority) in [(server, others), (server, nil), (late, expired), (another, others)] {
            let error = await #expect(throws: KeySetError.self) { try await keys(from: server, trusting: authority) }
            guard case .notFetched = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test("are not asked for in clear text beyond this machine")
    func clearText() throws {
        for url in ["http://id.example.org/keys", "http://127.example.org/keys", "http://10.0.0.1/keys"] {
            #expect(throws: (any Error).self) { try KeySource.url(url, logger: logger) }
        }
        _ = try KeySource.url("http://127.0.0.2:1/keys", logger: logger)
    }
}
