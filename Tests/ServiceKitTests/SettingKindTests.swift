import Foundation
import RemindersGround
import Testing

@testable import RemindersServiceKit

@Suite struct SettingKindTests {
    @Test(arguments: [
        ("5s", 5000), ("250ms", 250), ("1h30m", 5_400_000), ("1.5s", 1500), ("2D", 172_800_000), ("7", 420_000),
        ("0", 0), ("0.5", 30000),
    ])
    func aTimeIsRead(text: String, milliseconds: Int) {
        #expect(DurationText.duration(text, plainUnit: .minutes) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "s", "-5s", "5 s", "5x", "5s3", "1e3s", "nan", "infd", "9999999999d", "٣s", ".5s", "1..5s"])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(DurationText.duration(text, plainUnit: .seconds) == nil)
    }

    @Test(arguments: [
        (300_000, "5m"), (90000, "90s"), (250, "250ms"), (0, "0s"), (86_400_000, "1d"), (1500, "1500ms"),
    ])
    func aTimeIsWrittenShortly(milliseconds: Int, text: String) {
        #expect(DurationText.text(.milliseconds(milliseconds)) == text)
    }

    @Test func aListDropsBlanksAndKnowsItsItems() throws {
        let kind = SettingKind.list(of: ["email", "mattermost"])
        #expect(try kind.parse(" email, ,mattermost ") == ["email", "mattermost"])
        #expect(throws: SettingProblem.self) { try kind.parse("email,pigeon") }
    }

    @Test func aURLNeedsAnAllowedSchemeAndAHost() throws {
        let kind = SettingKind.url(schemes: ["https"])
        #expect(try kind.parse("https://host:8065/hooks/x").host() == "host")
        for text in ["http://host", "https:host", "https:///path", "host", "https://ho st", ""] {
            #expect(throws: SettingProblem.self) { try kind.parse(text) }
        }
    }

    @Test func aSecretURLMayNameASocketDirectory() throws {
        let kind = SettingKind.secretURL(schemes: ["postgresql"])
        for hosts in ["h1:5432,h2:5433", "u:p@h1,h2", "[::1]:1,h2", "/x?host=a,b"] {
            #expect(try kind.parse("postgresql://\(hosts)").reveal() == "postgresql://\(hosts)")
        }
        for hosts in ["u:p@h1:x,h2", "u:p@h1,h2:x", "u:p@h1,h 2"] {
            #expect(throws: SettingProblem.self) { try kind.parse("postgresql://\(hosts)/x") }
        }
        let text = "postgresql:///reminders?host=/run/postgresql"
        #expect(try kind.parse(text).reveal() == text)
    }

    @Test func aSecretDoesNotShowInAnyWay() {
        struct Holder { let password = Secret("hunter2") }
        var dumped = ""
        dump(Holder(), to: &dumped)
        for text in ["\(Secret("hunter2"))", String(reflecting: Secret("hunter2")), "\(Holder())", dumped] {
            #expect(text.contains("<redacted>") && !text.contains("hunter2"))
        }
    }

    @Test(arguments: [
        ("REMINDERS_DRYRUN", "REMINDERS_DRY_RUN", 1), ("abcd", "acbd", 1), ("abc", "abc", 0), ("", "ab", 2),
        ("kitten", "sitting", 3),
    ])
    func slipsAreCounted(left: String, right: String, distance: Int) {
        #expect(NearestName.distance(left, right) == distance)
        #expect(NearestName.distance(right, left) == distance)
    }
}
