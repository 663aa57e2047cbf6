import Foundation
import RemindersDomain
import SeededRandom
import Testing

@Suite("Instant")
struct InstantTests {
    @Test(
        "reads RFC 3339 with any offset and fraction",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01t00:00:00z", 0),
            ("1970-01-01 00:00:00Z", 0),
            ("2026-02-10T14:30:00Z", 1_770_733_800_000_000),
            ("2026-02-10T15:30:00+01:00", 1_770_733_800_000_000),
            ("2026-02-10T09:00:00-05:30", 1_770_733_800_000_000),
            ("2026-02-10T14:30:00-00:00", 1_770_733_800_000_000),
            ("2026-02-10T14:30:00.5Z", 1_770_733_800_500_000),
            ("2026-02-10T14:30:00.000001Z", 1_770_733_800_000_001),
            ("2026-02-10T14:30:00.9999999999Z", 1_770_733_800_999_999),
            ("1969-12-31T23:59:59.5Z", -500_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
            ("0000-02-29T00:00:00Z", -62_162_121_600_000_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ] as [(String, Int64)])
    func reads(text: String, microseconds: Int64) {
        #expect(Instant(rfc3339: text)?.microseconds == microseconds)
        #expect(Instant(rfc3339: text[...])?.microseconds == microseconds)
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", "Z", "2026-02-10", "2026-02-10T14:30:00", "2026-02-10T14:30Z", "2026-02-30T00:00:00Z",
            "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
            "2026-02-10T24:00:00Z", "2026-02-10T14:60:00Z", "2026-02-10T14:30:61Z", "2026-02-10T14:30:00.Z",
            "2026-02-10T14:30:00+1:00", "2026-02-10T14:30:00+0100", "2026-02-10T14:30:00+24:00",
            "2026-02-10T14:30:00Z ", " 2026-02-10T14:30:00Z", "2026-02-10T14:30:00Zx", "2026-2-10T14:30:00Z",
            "+2026-02-10T14:30:00Z", "2026/02/10T14:30:00Z", "２026-02-10T14:30:00Z", "2026-02-10T14:30:00\u{0}Z",
        ])
    func refuses(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test("prints UTC, with microseconds only when there are any")
    func prints() {
        #expect(Instant(microseconds: 0).rfc3339 == "1970-01-01T00:00:00Z")
        #expect(Instant(microseconds: 1_770_733_800_000_000).rfc3339 == "2026-02-10T14:30:00Z")
        #expect(Instant(microseconds: 1_770_733_800_120_000).rfc3339 == "2026-02-10T14:30:00.120000Z")
        #expect(Instant(microseconds: -1).rfc3339 == "1969-12-31T23:59:59.999999Z")
        #expect(Instant.distantPast.rfc3339 == "-290308-12-21T19:59:05.224192Z")
        #expect(Instant.distantFuture.rfc3339 == "+294247-01-10T04:00:54.775807Z")
        var bytes = Array("at ".utf8)
        Instant(microseconds: 0).appendRFC3339(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "at 1970-01-01T00:00:00Z")
    }

    @Test("reads what it prints, and agrees with Foundation")
    func roundTrips() {
        var generator = SeededGenerator(seed: 1)
        let style = Date.ISO8601FormatStyle()
        for _ in 0..<5_000 {
            let microseconds = Int64.random(in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &generator)
            let instant = Instant(microseconds: microseconds)
            let whole = Instant(seconds: instant.seconds)
            // Foundation's calendar is Julian before 1582.
            let isGregorian = instant.seconds > -12_000_000_000
            guard Instant(rfc3339: instant.rfc3339) == instant,
                !isGregorian || Date(timeIntervalSince1970: Double(instant.seconds)).formatted(style) == whole.rfc3339
            else {
                Issue.record("\(microseconds)")
                return
            }
        }
    }

    @Test("adds and subtracts durations, and stops at the ends of its range")
    func arithmetic() throws {
        let start = try instant("2026-02-10T14:30:00Z")
        #expect(start + .seconds(3_600) == (try instant("2026-02-10T15:30:00Z")))
        #expect(start - .milliseconds(1) == (try instant("2026-02-10T14:29:59.999Z")))
        #expect((try instant("2026-02-11T14:30:00Z")) - start == .seconds(86_400))
        #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
        #expect(Instant.distantPast - .seconds(1) == .distantPast)
        #expect(start + .seconds(Int64.max) == .distantFuture)
        #expect(start - .seconds(Int64.max) == .distantPast)
        #expect(Instant.distantFuture - .distantPast == .microseconds(Int64.max))
        #expect(Instant(seconds: .max) == .distantFuture)
        #expect(Instant(microseconds: -1).seconds == -1)
        #expect(Duration.milliseconds(1_500).wholeMilliseconds == 1_500)
    }

    @Test("is RFC 3339 text in JSON")
    func codable() throws {
        let list = [try instant("2026-02-10T14:30:00.25Z")]
        let data = try JSONEncoder().encode(list)
        #expect(String(decoding: data, as: UTF8.self) == #"["2026-02-10T14:30:00.250000Z"]"#)
        #expect(try JSONDecoder().decode([Instant].self, from: data) == list)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Instant].self, from: Data(#"["2026-02-10"]"#.utf8))
        }
    }
}
