import RemindersServiceKit
import Testing

@Suite struct ConnectionSettingsTests {
    private static let here = [
        "REMINDERS_DATABASE_URL": "postgresql://u:hidden@127.0.0.1/x?sslmode=disable",
        "REMINDERS_AMQP_URL": "amqp://u:hidden@localhost/v",
    ]

    private static let clearText: [(setting: String, url: String)] = [
        ("REMINDERS_AMQP_URL", "amqp://u:hidden@broker.example/v"),
        ("REMINDERS_AMQP_URL", "amqp://u:hidden@localhost,10.0.0.1/v"),
        ("REMINDERS_DATABASE_URL", "postgresql://u:hidden@db.example/x?sslmode=disable"),
        ("REMINDERS_DATABASE_URL", "postgresql://u:hidden@db.example/x?sslmode=prefer"),
        ("REMINDERS_DATABASE_URL", "postgresql://u:hidden@127.0.0.1,db.example/x?sslmode=allow"),
    ]

    @Test(arguments: clearText)
    func clearTextBeyondThisMachineIsRefusedUnlessASettingSaysSo(setting: String, url: String) throws {
        let scene = try SettingsScene(file: nil)
        scene.environment = Self.here.merging([setting: url]) { $1 }
        let allowing = setting.replacing("_URL", with: "_ALLOW_CLEAR_TEXT")
        let text = try scene.refusal { _ = CommonSettings(reading: &$0) }
        #expect(text.contains("\(setting) (environment): goes in clear text to "), "\(text)")
        #expect(text.contains("or set \(allowing)=true"), "\(text)")
        #expect(text.contains("has 1 error") && !text.contains("hidden"), "\(text)")

        scene.environment[allowing] = "true"
        var settings = scene.reader()
        let common = CommonSettings(reading: &settings)
        #expect(settings.outcome() == .valid)
        #expect((setting == "REMINDERS_AMQP_URL" ? common.brokerURL : common.databaseURL).reveal() == url)
    }

    @Test func thisMachineAndTLSNeedNoWord() throws {
        let scene = try SettingsScene(file: nil)
        for changes in [
            [:], ["REMINDERS_AMQP_URL": "amqps://u:p@broker.example"],
            ["REMINDERS_DATABASE_URL": "postgresql://u:p@db.example/x"],
        ] {
            scene.environment = Self.here.merging(changes) { $1 }
            var settings = scene.reader()
            _ = CommonSettings(reading: &settings)
            #expect(settings.outcome() == .valid)
        }
    }

    @Test func servicesDeclareUnlessTheyAreToldOnlyToLook() throws {
        let scene = try SettingsScene(file: nil)
        for (given, wanted) in [(nil, .declare), ("declare", .declare), ("passive", TopologyMode.passive)] {
            scene.environment = Self.here
            scene.environment["REMINDERS_TOPOLOGY"] = given
            var settings = scene.reader()
            #expect(CommonSettings(reading: &settings).topology == wanted)
        }
        scene.environment["REMINDERS_TOPOLOGY"] = "none"
        let text = try scene.refusal { _ = CommonSettings(reading: &$0) }
        #expect(text.contains("REMINDERS_TOPOLOGY") && text.contains("declare, passive"), "\(text)")
    }
}
