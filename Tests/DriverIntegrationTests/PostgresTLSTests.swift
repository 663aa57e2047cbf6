import RemindersPostgres
import TestSupport
import Testing

@Suite("Postgres: TLS", .timeLimit(.minutes(1))) struct PostgresTLSTests {
    private func error(_ url: String) async throws -> PostgresError {
        let scene = try PostgresScene.make(url: url)
        return try await postgresError { try await scene.pool.query(Query("SELECT 1")) }
    }

    @Test func theServersNameAndAuthorityAreVerified() async throws {
        let certificates = try await Certificates.make(names: ["DNS:localhost"])
        let others = try await Certificates.make(names: ["DNS:localhost"])
        let server = try await PostgresServer.start(
            configuration: """
                ssl = on
                ssl_cert_file = 'DIRECTORY/server.pem'
                ssl_key_file = 'DIRECTORY/server.key'
                """, files: [certificates.certificate, certificates.key])
        let byName = server.url.replacing("127.0.0.1", with: "localhost")
        let verified = "?sslmode=verify-full&sslrootcert=\(certificates.authority.path)"

        let good = try PostgresScene.make(url: byName + verified + "&channel_binding=require")
        let encrypted = try await good.pool.query(
            Query("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))[0]
        #expect(try encrypted.bool(0))
        #expect(try encrypted.text(1).hasPrefix("TLS"))
        // More than one TLS record in each direction.
        let large = PostgresValue.text(String(repeating: "x", count: 3 << 20))
        #expect(try await good.pool.query(Query("SELECT $1", [large]))[0].text(0).utf8.count == 3 << 20)

        let wrongHost = try await error(server.url + verified)
        #expect(wrongHost.code == .connection)
        #expect(wrongHost.message.contains("does not match host name"))
        let wrongAuthority = try await error(
            byName + "?sslmode=verify-full&sslrootcert=\(others.authority.path)")
        #expect(wrongAuthority.code == .connection)
        #expect(wrongAuthority.message.contains("certificate verify failed"))
        try await server.remove()
    }

    @Test func aCertificateThatHasExpiredIsRefused() async throws {
        let certificates = try await Certificates.make(names: ["DNS:localhost"], expired: true)
        let server = try await PostgresServer.start(
            configuration: """
                ssl = on
                ssl_cert_file = 'DIRECTORY/server.pem'
                ssl_key_file = 'DIRECTORY/server.key'
                """, files: [certificates.certificate, certificates.key])
        let refused = try await error(
            server.url.replacing("127.0.0.1", with: "localhost")
                + "?sslmode=verify-full&sslrootcert=\(certificates.authority.path)")
        #expect(refused.code == .connection)
        #expect(refused.message.contains("certificate verify failed"), "\(refused)")
        try await server.remove()
    }

    @Test func aServerWithoutTLSIsRefusedWhenItIsRequired() async throws {
        let url = try await PostgresScene.newDatabase()
        let refused = try await error(url + "?sslmode=require")
        #expect(refused.code == .connection)
        #expect(refused.message.contains("server does not support SSL"))
    }
}
