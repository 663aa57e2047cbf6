import RemindersDomain
import SeededRandom
import Testing

@Suite("Time zones")
struct ZoneTests {
    @Test("local times become the moments that Python's zoneinfo says")
    func fixture() throws {
        let rows = try Fixture.decode([[String]].self, from: "zone_times.json")
        #expect(rows.count > 2_000)
        for row in rows {
            let zone = try ZoneCatalog.shared.zone(row[0])
            let moment = zone.instant(of: try local(row[1]))
            #expect(moment.rfc3339 == row[2], "\(row[0]) \(row[1])")
        }
    }

    @Test("a moment's local time leads back to it, unless it comes a second time")
    func roundTrips() throws {
        var generator = SeededGenerator(seed: 2)
        for name in ["Europe/Copenhagen", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"] {
            let zone = try IANAZone(validating: name)
            for _ in 0..<2_000 {
                let moment = Instant(seconds: .random(in: 0...4_000_000_000, using: &generator))
                let back = zone.instant(of: zone.local(at: moment))
                let fold = moment - back
                #expect(fold == .zero || fold == .seconds(3_600) || fold == .seconds(1_800), "\(name) \(moment)")
            }
        }
    }

    @Test("names of places are accepted, deprecated ones too")
    func accepted() throws {
        for name in [
            "Europe/Copenhagen", "UTC", "Etc/UTC", "Asia/Calcutta", "Asia/Kolkata", "Europe/Kiev", "Europe/Kyiv",
            "US/Pacific", "EST5EDT", "GMT", "Etc/GMT+3", "America/Argentina/ComodRivadavia",
        ] {
            #expect(try ZoneCatalog.shared.zone(name).identifier == name)
            #expect(try ZoneCatalog.shared.zone(name) == IANAZone(validating: name))
        }
        #expect(try IANAZone(validating: "Asia/Kolkata").offset(at: Instant(seconds: 0)) == 19_800)
    }

    @Test(
        "offsets, abbreviations, paths and misspellings are refused",
        arguments: [
            "", " ", "+03:00", "GMT+3", "GMT+0100", "UTC+1", "PST", "JST", "CEST", "Z", "Mars/Phobos", "posixrules",
            "localtime", "Factory", "SystemV/PST8PDT", "Etc/Unknown", "europe/copenhagen", "Europe/Copenhagen ",
            "../../etc/passwd", "Europe/../Europe/Copenhagen", "Europe/Copenhagen\u{0}",
        ])
    func refused(name: String) {
        #expect(throws: IANAZoneError.self) { try ZoneCatalog.shared.zone(name) }
    }

    @Test("the refusal says what was probably meant")
    func suggestions() {
        #expect(throws: IANAZoneError.self) { try IANAZone(validating: "copenhagen") }
        func suggestion(_ name: String) -> String? {
            do {
                _ = try IANAZone(validating: name)
                return "accepted"
            } catch {
                return error.suggestion
            }
        }
        #expect(suggestion("europe/copenhagen") == "Europe/Copenhagen")
        #expect(suggestion("Copenhagen") == "Europe/Copenhagen")
        #expect(suggestion("New York") == "America/New_York")
        #expect(suggestion("+03:00") == nil)
        #expect(suggestion(String(repeating: "x", count: 10_000)) == nil)
    }
}
