import Foundation
import RemindersServiceKit
import Testing

@Suite struct SettingsErrorTests {
    private enum Colour: String, CaseIterable, Sendable { case red, green }

    @Test func urlsThatTheDriversWouldRefuseAreWrongSettings() throws {
        let scene = try SettingsScene(file: nil)
        scene.environment = [
            "REMINDERS_DATABASE_URL": "postgresql://reader:hidden@localhost/reminders?sslmode=perhaps",
            "REMINDERS_AMQP_URL": "amqp://user:hidden@localhost:notaport/",
        ]
        let text = try scene.refusal { _ = CommonSettings(reading: &$0) }
        #expect(text.contains("REMINDERS_DATABASE_URL (environment): "))
        #expect(text.contains("REMINDERS_AMQP_URL"))
        #expect(!text.contains("hidden"))
    }

    @Test func everyErrorIsReportedAtOnceWithItsSourceAndWhatIsAllowed() throws {
        let scene = try SettingsScene(file: "\nREMINDERS_DRY_RUN=maybe # or not\nREMINDERS_LOG_LEVEL=loud\n")
        scene.environment = ["EMAIL_SMTP_PORT": "99999", "EMAIL_SMTP_USER_FILE": "/nowhere/user"]
        scene.arguments = ["--interval", "fast"]
        let text = try scene.refusal { settings in
            _ = settings.bool("REMINDERS_DRY_RUN", default: true, doc: "")
            _ = settings.choice("REMINDERS_LOG_LEVEL", default: Colour.red, doc: "")
            _ = settings.integer("EMAIL_SMTP_PORT", default: 587, in: 1...65535, doc: "")
            _ = settings.string("EMAIL_SMTP_USER", default: "", doc: "")
            _ = settings.duration(
                "REMINDERS_CHECK_INTERVAL_MINUTES", flag: "interval", default: .seconds(1), in: .zero...(.seconds(60)),
                doc: "")
            _ = settings.secretURL("REMINDERS_AMQP_URL", default: nil, schemes: ["amqp", "amqps"], doc: "")
            settings.refuse("EMAIL_SMTP_PORT", "must be 25 here")
        }
        let path = scene.directory.appending(path: ".env").path
        #expect(
            text == """
                email-sender: the configuration has 7 errors, nothing was started
                  REMINDERS_DRY_RUN: "maybe" (\(path):2) is not a switch; \
                allowed: true, false, 1, 0, yes, no, on, off
                  REMINDERS_LOG_LEVEL: "loud" (\(path):3) is not one of the choices; allowed: red, green
                  EMAIL_SMTP_PORT: "99999" (environment) is out of range; allowed: a whole number from 1 to 65535
                  EMAIL_SMTP_USER: file /nowhere/user (EMAIL_SMTP_USER_FILE) cannot be opened: \
                No such file or directory; allowed: text in one line
                  REMINDERS_CHECK_INTERVAL_MINUTES: "fast" (--interval) is not a time; allowed: a time from 0s to 1m, \
                such as 250ms, 5s, 10m or 1h30m; a plain number is in seconds
                  REMINDERS_AMQP_URL: is not set (environment, REMINDERS_AMQP_URL_FILE, .env or --amqp-url-file); \
                allowed: a URL that starts with amqp:// or amqps://
                  EMAIL_SMTP_PORT (environment): must be 25 here
                See email-sender --help for every setting.

                """)
    }

    @Test func noSecretIsEverShown() throws {
        let scene = try SettingsScene(file: "EMAIL_SMTP_PASSWORD=hunter2\nhunter2 is not a line\nX='hunter2\n")
        scene.environment = [
            "REMINDERS_AMQP_URL": "http://user:hunter2@host", "EMAIL_TOKEN": "a\nhunter2",
            "REMINDERS_PROXY_URL": "ftp://user:hunter2@host", "EMAIL_SMTP_PASWORD": "hunter2",
        ]
        scene.arguments = ["--email-smtp-password", "hunter2", "--typo=hunter2", "--other", "hunter2"]
        let read: (inout SettingsReader) -> Void = { settings in
            _ = settings.secret("EMAIL_SMTP_PASSWORD", default: nil, doc: "")
            _ = settings.secret("EMAIL_TOKEN", default: nil, doc: "")
            _ = settings.secretURL("REMINDERS_AMQP_URL", default: nil, schemes: ["amqp"], doc: "")
            _ = settings.url("REMINDERS_PROXY_URL", default: nil, doc: "")
        }
        let text = try scene.refusal(read)
        #expect(!text.contains("hunter2"), "\(text)")
        #expect(text.contains("has 8 errors"), "\(text)")
        #expect(text.contains("--email-smtp-password: a secret is not taken from the command line"))
        #expect(text.contains("EMAIL_SMTP_PASWORD (environment) is not a setting; did you mean EMAIL_SMTP_PASSWORD?"))
        scene.arguments = ["--help"]
        #expect(!(try scene.answer(read)).contains("hunter2"))
    }

    @Test func printConfigShowsValuesAndSourcesButNoSecrets() throws {
        let scene = try SettingsScene(file: "EMAIL_SMTP_FROM_NAME=BMC Hub\n")
        let path = try scene.write("password", "hunter2\n")
        scene.environment = ["REMINDERS_PROXY_URL": "https://user:hunter2@host/path"]
        scene.arguments = ["--print-config", "--email-smtp-password-file", path]
        let text = try scene.answer { settings in
            _ = settings.string("EMAIL_SMTP_FROM_NAME", default: "", doc: "")
            _ = settings.url("REMINDERS_PROXY_URL", default: nil, doc: "")
            _ = settings.integer("EMAIL_SMTP_PORT", default: 587, in: 1...65535, doc: "")
            let password = settings.secret("EMAIL_SMTP_PASSWORD", default: nil, doc: "")
            #expect(password.reveal() == "hunter2")
        }
        let lines = text.split(separator: "\n").map { $0.split(separator: "  #").map { $0.trimmingPrefix(" ") } }
        #expect(
            lines.map { $0[0].trimmingCharacters(in: .whitespaces) } == [
                "EMAIL_SMTP_FROM_NAME=\"BMC Hub\"", "REMINDERS_PROXY_URL=https://user:<redacted>@host/path",
                "EMAIL_SMTP_PORT=587", "EMAIL_SMTP_PASSWORD=<redacted>",
            ])
        #expect(
            lines.map { $0[1] } == [
                "\(scene.directory.path)/.env:1", "environment", "default", "file \(path), --email-smtp-password-file",
            ])
    }

    @Test func helpNamesEverySettingEvenWhenOthersAreWrong() throws {
        let scene = try SettingsScene(file: nil)
        scene.environment = ["EMAIL_SMTP_PORT": "none"]
        scene.arguments = ["--help"]
        let text = try scene.answer { settings in
            _ = settings.integer("EMAIL_SMTP_PORT", default: 587, in: 1...65535, doc: "The port of the server.")
            _ = settings.bool("REMINDERS_DRY_RUN", default: true, doc: "Whether nothing is sent.")
            _ = settings.secret("EMAIL_SMTP_PASSWORD", default: nil, doc: "The password.")
        }
        for part in [
            "EMAIL_SMTP_PORT  --email-smtp-port VALUE", "The port of the server.", "Default: 587.",
            "REMINDERS_DRY_RUN  --[no-]dry-run", "EMAIL_SMTP_PASSWORD  --email-smtp-password-file PATH", "Required.",
        ] {
            #expect(text.contains(part), "\(part) is missing from \(text)")
        }
    }

    @Test func unknownNamesAreWarningsAndUnknownFlagsAreErrorsBothWithASuggestion() throws {
        let scene = try SettingsScene(file: "REMINDERS_DRYRUN=true\nREMINDERS_ZEBRA=1\n")
        scene.environment = ["EMAIL_SMTP_HSOT": "x", "EMAIL_SMTP_USER_FILE": "/x", "OTHER": "x"]
        var settings = scene.reader()
        _ = settings.bool("REMINDERS_DRY_RUN", default: true, doc: "")
        let path = scene.directory.path
        #expect(
            settings.warnings == [
                "EMAIL_SMTP_HSOT (environment) is not a setting; did you mean EMAIL_SMTP_HOST?",
                "REMINDERS_DRYRUN (\(path)/.env:1) is not a setting; did you mean REMINDERS_DRY_RUN?",
                "REMINDERS_ZEBRA (\(path)/.env:2) is not a setting",
            ])
        let outcome = settings.outcome()
        #expect(outcome == .valid)

        scene.arguments = ["--dryrun", "--zebra", "word"]
        let text = try scene.refusal { _ = $0.bool("REMINDERS_DRY_RUN", default: true, doc: "") }
        #expect(text.contains("\"--dryrun\": is no flag of email-sender; did you mean --dry-run?"))
        #expect(text.contains("\"--zebra\": is no flag of email-sender; --help lists them"))
    }

    @Test func aFlagWithoutItsValueIsAnError() throws {
        let scene = try SettingsScene(file: nil)
        scene.arguments = ["--email-smtp-port", "--check-config"]
        let text = try scene.refusal { _ = $0.integer("EMAIL_SMTP_PORT", default: 587, in: 1...65535, doc: "") }
        #expect(text.contains("EMAIL_SMTP_PORT: --email-smtp-port needs a value behind it"))
    }

    @Test func aControlCharacterIsRefusedInAnyText() throws {
        let scene = try SettingsScene(file: nil)
        scene.environment = ["EMAIL_SMTP_FROM_NAME": "x\r\nBcc: y@z", "EMAIL_SMTP_HOST": "a\u{85}b"]
        let text = try scene.refusal { settings in
            _ = settings.string("EMAIL_SMTP_FROM_NAME", default: "", doc: "")
            _ = settings.string("EMAIL_SMTP_HOST", default: "", doc: "")
        }
        #expect(text.contains(#"EMAIL_SMTP_FROM_NAME: "x\r\nBcc: y@z" (environment) holds a control character"#))
        #expect(text.contains(#"EMAIL_SMTP_HOST: "a\u0085b" (environment) holds a control character"#))
    }
}
