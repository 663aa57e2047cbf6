import Foundation
import Glibc
import Logging
import RemindersContracts
import RemindersDomain
import RemindersExplaining
import RemindersGround
import RemindersPostgres
import RemindersServiceKit
import RemindersServices
import RemindersStore
import RemindersTokens
import RemindersTransfer
import ServiceLifecycle
import TestSupport
import Testing

/// A channel that this repository does not have, added as somebody else's package would, between all of our services on
/// real servers.
@Suite struct WebhookTests {
    private static let secret = "a secret for tests, which is long enough"
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let channels = ChannelRegistry.standard.adding(.webhook)

    @Test func `a reminder for a channel of one's own is made, decided, sent, recorded and explained`() async throws {
        let catcher = try await Catcher.start()
        let database = try await Self.migratedDatabase()
        let connections = try ServiceConnections(
            databaseURL: database, brokerURL: await RabbitMQServer.shared().createVirtualHost())
        let port = try await Port.free()
        let client = TransferClient(logger: Self.quiet, addressGuard: .all)
        let group = ServiceGroup(
            services: try Self.services(connections, port: port, client: client), logger: Self.quiet)
        let running = Task { try await group.run() }
        defer { running.cancel() }
        try await eventually(within: .seconds(30), "an API that is ready") {
            (try? await LoopbackRequest.send(port: port, path: "/livez"))?.status == 200
        }

        let person = try await Self.send(
            "PUT", "/users/1", #"{"addresses":{"webhook":"\#(catcher.url(of: "/hooks/anna"))"}}"#, to: port,
            as: .service)
        #expect(person.status == 201, "\(person.text)")
        let listed = try await Self.send("GET", "/channels", to: port)
        #expect(listed.text.contains(#"{"channel":"webhook","name":"Webhook","way":"to a webhook""#), "\(listed.text)")
        let made = try await Self.send(
            "POST", "/sag/123/reminders",
            #"{"title":"Look at it","scheduled_at":"2020-01-01T00:00:00Z","channels":["webhook"],"#
                + #""override_user_preferences":true}"#, to: port)
        #expect(made.status == 201, "\(made.text)")
        #expect(made.text.contains(#""channels":["webhook"]"#), "\(made.text)")
        let id = try #require(try JSONValue(parsing: Array(made.body))["id"]?.integer)

        try await eventually(within: .seconds(30), "a post to the webhook") {
            try await catcher.posts(path: "/hooks/anna").count == 1
        }
        let post = try #require(try await catcher.posts(path: "/hooks/anna").first)
        #expect(post.body.contains(#""title":"Look at it","case":"123""#), "\(post.body)")
        try await eventually("the record of it") {
            try await Self.send("GET", "/deliveries?channel=webhook", to: port).text.contains(#""outcome":"sent""#)
        }
        let why = try await Self.send("GET", "/sag/reminders/\(id)/explain?user=1", to: port)
        #expect(why.text.contains("told to a webhook"), "\(why.text)")
        // Where there is no such channel, it is refused with those that there are.
        let unknown = try await Self.send(
            "POST", "/sag/123/reminders", #"{"title":"x","channels":["pager"]}"#, to: port)
        #expect(
            unknown.status == 422 && unknown.text.contains("email, mattermost, frontend, webhook"), "\(unknown.text)")

        await group.triggerGracefulShutdown()
        try await running.value
        await client.close()
    }

    @Test func `a channel takes fewer than ten files, and none of them is another's`() throws {
        let folder = Repository.root.appendingPathComponent("Tests/WebhookTests")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count < 10)
        let sources = try #require(
            FileManager.default.enumerator(
                at: Repository.root.appendingPathComponent("Sources"), includingPropertiesForKeys: nil))
        for case let file as URL in sources
        where ["swift", "js"].contains(file.pathExtension) && !file.hasDirectoryPath {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains("\"webhook\""), "\(file.path)")
        }
    }
}

// MARK: - The installation

extension WebhookTests {
    /// All services that the reminder walks through; those of other channels are not needed.
    private static func services(
        _ connections: ServiceConnections, port: UInt16, client: TransferClient
    ) throws -> [any Service] {
        var switches = DecisionFacts.Switches(channels: ChannelSet(channels.kinds), limit: PermitWindow(limit: 5))
        switches.installed = channels
        var api = APIService.Configuration(
            connections: connections, tokens: TokenChecks(secret: Secret(secret)),
            explaining: .init(switches: switches, isDryRun: false))
        api.server.port = Int(port)
        var sender = SenderService.Configuration(connections: connections)
        sender.channels = channels
        sender.sending.isDryRun = false
        return [
            APIService(api, logger: quiet),
            SchedulerService(.init(connections: connections), logger: quiet),
            RateLimiterService(.init(connections: connections, switches: switches), logger: quiet),
            SenderService(sender, name: "webhook-sender", channel: WebhookChannel(client: client), logger: quiet),
        ]
    }

    private static func migratedDatabase() async throws -> String {
        let url = try await PostgresServer.shared().createDatabase()
        let pool = PostgresPool(configuration: try PostgresConfiguration(url: url), logger: quiet)
        _ = try await ReminderStore(pool: pool).migrate(
            .read(from: Repository.root.appendingPathComponent("migrations").path))
        await pool.close()
        return url
    }

    /// Sends a request as user 1.
    private static func send(
        _ method: String, _ path: String, _ body: String = "", to port: UInt16, as scopes: Scope...
    ) async throws -> LoopbackAnswer {
        let token = TokenIssuer(secret: secret).token(
            for: Identity(userID: OpaqueID("1"), scopes: Set(scopes)), issuedAt: Int64(time(nil)),
            lifetime: .seconds(600))
        return try await LoopbackRequest.send(
            method, port: port, path: "/api/v1" + path, headers: ["Authorization": "Bearer \(token)"],
            body: Data(body.utf8))
    }
}

extension Catcher {
    fileprivate func url(of path: String) -> String { "http://127.0.0.1:\(httpPort)\(path)" }
}
