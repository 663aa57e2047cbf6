import RemindersGround
import RemindersServiceKit
import Testing

@Suite struct SettingsPrecedenceTests {
    private let name = "EMAIL_SMTP_HOST"

    private func host(_ scene: SettingsScene) -> String {
        var settings = scene.reader()
        return settings.string(name, default: "default", doc: "")
    }

    @Test func aFlagWinsOverAllOthers() throws {
        let scene = try SettingsScene(file: "\(name)=dotenv\n")
        scene.environment = [name: "environment", "\(name)_FILE": try scene.write("secret", "file\n")]
        scene.arguments = ["--email-smtp-host", "flag"]
        #expect(host(scene) == "flag")
        scene.arguments = ["--email-smtp-host=first", "--email-smtp-host=last"]
        #expect(host(scene) == "last")
    }

    @Test func eachSourceCountsWhenTheOnesBeforeItAreMissing() throws {
        let scene = try SettingsScene(file: "\(name)=dotenv\n")
        let path = try scene.write("secret", "file\n")
        scene.environment = [name: "environment", "\(name)_FILE": path]
        #expect(host(scene) == "environment")
        scene.environment = ["\(name)_FILE": path]
        #expect(host(scene) == "file")
        scene.environment = [:]
        #expect(host(scene) == "dotenv")
        #expect(host(try SettingsScene(file: nil)) == "default")
    }

    @Test func oneLineEndAtTheEndOfAFileIsNotPartOfTheValue() throws {
        let scene = try SettingsScene(file: nil)
        for (content, value) in [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), (" a ", " a ")] {
            scene.environment = ["\(name)_FILE": try scene.write("secret", content)]
            #expect(host(scene) == value)
        }
    }

    @Test func theDotEnvFileMayNameAFile() throws {
        let scene = try SettingsScene(file: nil)
        let path = try scene.write("secret", "from file")
        try scene.write(".env", "\(name)_FILE=\(path)\n")
        #expect(host(scene) == "from file")
    }

    @Test func theDotEnvFileMayBeNamed() throws {
        let scene = try SettingsScene(file: "\(name)=plain")
        let other = try scene.write("other.env", "\(name)=other")
        scene.environment = ["REMINDERS_ENV_FILE": other]
        #expect(host(scene) == "other")
        scene.environment = [:]
        scene.arguments = ["--env-file", other]
        #expect(host(scene) == "other")
    }

    @Test func aNamedDotEnvFileThatIsMissingIsAnError() throws {
        let scene = try SettingsScene(file: nil)
        scene.arguments = ["--env-file", "/nowhere/.env"]
        let text = try scene.refusal { _ in }
        #expect(text.contains("/nowhere/.env cannot be opened: No such file or directory"))
    }

    @Test func anEmptyTextIsAValueForTextsOnly() throws {
        let scene = try SettingsScene(file: "EMAIL_SMTP_PORT=25\n\(name)=dotenv\n")
        scene.environment = ["EMAIL_SMTP_PORT": "", name: ""]
        var settings = scene.reader()
        let port = settings.integer("EMAIL_SMTP_PORT", default: 587, in: 1...65535, doc: "")
        let host = settings.string(name, default: "default", doc: "")
        #expect(port == 25 && host == "")
        let outcome = settings.outcome()
        #expect(outcome == .valid)
    }

    @Test(arguments: [
        (["--dry-run"], true), (["--no-dry-run"], false), (["--dry-run=off"], false), (["--dry-run", "no"], false),
        (["--dry-run", "--check-config"], true), ([], true),
    ])
    func aSwitchMayStandAlone(arguments: [String], value: Bool) throws {
        let scene = try SettingsScene(file: nil)
        scene.arguments = arguments
        var settings = scene.reader()
        let isDryRun = settings.bool("REMINDERS_DRY_RUN", default: true, doc: "")
        #expect(isDryRun == value)
        if case .refused(let text) = settings.outcome() { Issue.record("\(text)") }
    }

    @Test func theSeedsOwnLinesAreUnderstood() throws {
        let scene = try SettingsScene(
            file: """
                # Master switches (default: disabled for safety)
                REMINDERS_ENABLED=false
                REMINDERS_DRY_RUN=false # Log without sending if true

                # Scheduler settings
                REMINDERS_CHECK_INTERVAL_MINUTES=5 # Frequency of reminder checks
                REMINDERS_MAX_PER_USER_PER_HOUR=5           # Rate limit
                # SMTP Configuration (for email reminders)
                EMAIL_SMTP_PASSWORD=
                EMAIL_SMTP_USE_TLS=true
                EMAIL_SMTP_FROM_NAME=BMC Hub
                """)
        var settings = scene.reader()
        let isEnabled = settings.bool("REMINDERS_ENABLED", default: true, doc: "")
        let isDryRun = settings.bool("REMINDERS_DRY_RUN", default: true, doc: "")
        #expect(!isEnabled && !isDryRun)
        let interval = settings.duration(
            "REMINDERS_CHECK_INTERVAL_MINUTES", flag: "interval", default: .seconds(1), in: .zero...(.seconds(86400)),
            plainUnit: .minutes, doc: "")
        #expect(interval == .seconds(300))
        let limit = settings.integer("REMINDERS_MAX_PER_USER_PER_HOUR", default: 1, in: 1...100, doc: "")
        #expect(limit == 5)
        let password = settings.secret("EMAIL_SMTP_PASSWORD", default: Secret("x"), doc: "")
        #expect(password.isEmpty)
        let usesTLS = settings.bool("EMAIL_SMTP_USE_TLS", default: false, doc: "")
        #expect(usesTLS)
        let from = settings.string("EMAIL_SMTP_FROM_NAME", default: "", doc: "")
        #expect(from == "BMC Hub")
        let outcome = settings.outcome()
        #expect(outcome == .valid)
        #expect(settings.warnings.isEmpty)
    }
}
