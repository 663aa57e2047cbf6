import TestSupport
import Testing

@Suite struct CertificatesTests {
    @Test func aClientThatDemandsTheRightHostIsSatisfied() async throws {
        let certificates = try await Certificates.make()
        let configuration = """
            ssl = on
            ssl_cert_file = 'DIRECTORY/server.pem'
            ssl_key_file = 'DIRECTORY/server.key'
            """
        let server = try await PostgresServer.start(
            configuration: configuration, files: [certificates.certificate, certificates.key])
        let url = server.url.replacing("127.0.0.1", with: "localhost")
        let trusting = "\(url)?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=\(certificates.authority.path)"
        let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        #expect(try await Command.run("psql", [trusting, "-At", "-c", query]) == "t\n")
        try await server.remove()
    }

    @Test func anExpiredCertificateIsOne() async throws {
        let certificates = try await Certificates.make(expired: true)
        await #expect(throws: CommandFailed.self) {
            try await Command.run(
                "openssl", ["verify", "-CAfile", certificates.authority.path, certificates.certificate.path])
        }
    }
}
