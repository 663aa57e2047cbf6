import Foundation
import TestSupport
import Testing

@Suite struct ServerTests {
    @Test func aDatabaseIsTheCopyOfATemplatePreparedOnce() async throws {
        let server = try await PostgresServer.shared()
        let prepare = { @Sendable (url: String) async throws -> Void in
            try await server.sql("CREATE TABLE once (value int); INSERT INTO once VALUES (7)", database: url)
        }
        let first = try await server.createDatabase(template: "once", prepare: prepare)
        let second = try await server.createDatabase(template: "once", prepare: prepare)
        #expect(first != second)
        try await server.sql("DELETE FROM once", database: first)
        #expect(try await server.sql("SELECT value FROM once", database: second) == "7")
    }

    @Test func aKilledPostgresComesBackWithItsData() async throws {
        let server = try await PostgresServer.start()
        try await server.sql("CREATE TABLE kept (value int)")
        try await server.kill()
        await #expect(throws: CommandFailed.self) { try await server.sql("SELECT 1") }
        try await server.restart()
        #expect(try await server.sql("SELECT count(*) FROM kept") == "0")
        try await server.remove()
    }

    @Test func aStoppedPostgresComesBackOnTheSamePort() async throws {
        let server = try await PostgresServer.start()
        let port = try server.port
        try await server.stop()
        await #expect(throws: CommandFailed.self) { try await server.sql("SELECT 1") }
        try await server.restart()
        #expect(try server.port == port)
        try await server.remove()
    }

    @Test func aKilledRabbitMQComesBackWithItsVirtualHosts() async throws {
        let server = try await RabbitMQServer.start()
        let url = try await server.createVirtualHost()
        let name = try #require(url.split(separator: "/").last)
        try await server.kill()
        await #expect(throws: CommandFailed.self) { try await server.rabbitmqctl("list_vhosts") }
        try await server.restart()
        #expect(try await server.rabbitmqctl("list_vhosts").contains(name))
        try await server.remove()
    }

    @Test func everythingListensOnLoopbackOnly() async throws {
        let postgres = try await PostgresServer.shared()
        let rabbitMQ = try await RabbitMQServer.shared()
        let listening = try await Command.run("cat", ["/proc/net/tcp"])
        for port in [try postgres.port, try rabbitMQ.port] {
            let hexadecimal = String(port, radix: 16, uppercase: true)
            #expect(listening.contains("0100007F:\(hexadecimal) 00000000:0000 0A"))
            #expect(!listening.contains("00000000:\(hexadecimal) 00000000:0000 0A"))
        }
    }
}
