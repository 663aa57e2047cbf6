import TestSupport
import Testing

extension EndToEnd {
    /// What goes through a network for everybody to read is refused at the start, unless a setting says so.
    @Suite struct ClearText {
        /// A service, what is set, the setting that is refused, and the one that allows it; nil where nothing does.
        struct Case: Sendable, CustomTestStringConvertible {
            let service: String
            let settings: [String: String]
            let refused: String
            let allowing: String?

            var testDescription: String { "\(service) \(refused)" }
        }

        private static let here = [
            "REMINDERS_DATABASE_URL": "postgresql://u:hidden@127.0.0.1/x?sslmode=disable",
            "REMINDERS_AMQP_URL": "amqp://u:hidden@127.0.0.1/v", "REMINDERS_ENABLED": "true",
            "REMINDERS_EMAIL_ENABLED": "true", "REMINDERS_MATTERMOST_ENABLED": "true", "REMINDERS_DRY_RUN": "false",
        ]

        private static let cases =
            ["scheduler", "rate-limiter", "email-sender", "mattermost-sender", "frontend-push", "api"].flatMap {
                service in
                [
                    ("REMINDERS_AMQP_URL", "amqp://u:hidden@broker.example/v", "REMINDERS_AMQP_ALLOW_CLEAR_TEXT"),
                    (
                        "REMINDERS_DATABASE_URL", "postgresql://u:hidden@db.example/x?sslmode=prefer",
                        "REMINDERS_DATABASE_ALLOW_CLEAR_TEXT"
                    ),
                ].map { Case(service: service, settings: [$0: $1], refused: $0, allowing: $2) }
            } + [
                Case(
                    service: "email-sender",
                    settings: ["EMAIL_SMTP_HOST": "mail.example", "EMAIL_SMTP_USE_TLS": "false"],
                    refused: "EMAIL_SMTP_USE_TLS", allowing: "EMAIL_SMTP_ALLOW_CLEAR_TEXT"),
                Case(
                    service: "mattermost-sender",
                    settings: ["REMINDERS_MATTERMOST_WEBHOOK_URL": "http://chat.example/hooks/hidden"],
                    refused: "REMINDERS_MATTERMOST_WEBHOOK_URL", allowing: "REMINDERS_MATTERMOST_ALLOW_CLEAR_TEXT"),
                // For trying things on this machine, and not beyond it.
                Case(
                    service: "mattermost-sender",
                    settings: [
                        "REMINDERS_MATTERMOST_WEBHOOK_URL": "http://chat.example/hooks/hidden",
                        "REMINDERS_MATTERMOST_ALLOW_PRIVATE": "true",
                    ], refused: "REMINDERS_MATTERMOST_WEBHOOK_URL", allowing: "REMINDERS_MATTERMOST_ALLOW_CLEAR_TEXT"),
                Case(
                    service: "api", settings: ["REMINDERS_JWT_JWKS_URL": "http://id.example/hidden"],
                    refused: "REMINDERS_JWT_JWKS_URL", allowing: nil),
                Case(
                    service: "frontend-push", settings: ["REMINDERS_JWT_JWKS_URL": "http://id.example/hidden"],
                    refused: "REMINDERS_JWT_JWKS_URL", allowing: nil),
            ]

        @Test(arguments: cases)
        func beyondThisMachineIsRefusedAtTheStart(_ one: Case) async throws {
            var settings = Self.here.merging(one.settings) { $1 }
            if ["api", "frontend-push"].contains(one.service) { settings["REMINDERS_JWT_SECRET"] = Scene.jwtSecret }
            if one.service == "email-sender", settings["EMAIL_SMTP_HOST"] == nil {
                settings["EMAIL_SMTP_HOST"] = "mail.example"
            }
            if one.service == "mattermost-sender", settings["REMINDERS_MATTERMOST_WEBHOOK_URL"] == nil {
                settings["REMINDERS_MATTERMOST_WEBHOOK_URL"] = "https://chat.example/hooks/hidden"
            }
            let refused = try ServiceProcess(one.service, ["--check-config"], environment: settings)
            #expect(try await refused.waitForExit() == .exited(78), "\(refused.output)")
            #expect(refused.output.contains("has 1 error"), "\(refused.output)")
            #expect(refused.output.contains("\(one.refused) (environment): "), "\(refused.output)")
            #expect(!refused.output.contains("hidden"), "\(refused.output)")
            guard let allowing = one.allowing else { return }
            #expect(refused.output.contains("or set \(allowing)=true"), "\(refused.output)")
            let allowed = try ServiceProcess(
                one.service, ["--check-config"], environment: settings.merging([allowing: "true"]) { $1 })
            #expect(try await allowed.waitForExit() == .exited(0), "\(allowed.output)")
        }

        @Test(arguments: ["REMINDERS_AMQP_URL", "REMINDERS_DATABASE_URL"])
        func theCommandLineRefusesItToo(setting: String) async throws {
            let elsewhere = [
                "REMINDERS_AMQP_URL": "amqp://u:hidden@broker.example/v",
                "REMINDERS_DATABASE_URL": "postgresql://u:hidden@db.example/x?sslmode=disable",
            ]
            let arguments = setting == "REMINDERS_AMQP_URL" ? ["topology", "check"] : ["log"]
            let process = try ServiceProcess("reminders", arguments, environment: elsewhere)
            let ending = try await process.waitForExit()
            #expect(ending == .exited(78) || ending == .exited(2), "\(process.output)")
            #expect(process.output.contains("\(setting) (environment): goes in clear text to "), "\(process.output)")
            #expect(!process.output.contains("hidden"))
        }
    }
}
