import RemindersDomain
import Testing

@testable import RemindersEmailChannel
@testable import RemindersWording

@Suite("Languages and times") struct LocaleTests {
    @Test(
        "A tag names a language, whatever follows it",
        arguments: [
            ("da", ReminderLocale.danish), ("da-DK", .danish), ("DA_dk", .danish), ("en", .english),
            ("en-GB", .english),
            ("de-AT", .german),
            ("sv", nil), ("dan", nil), ("", nil), ("d", nil), ("-da", nil), ("\u{1}e", nil),
        ] as [(String, ReminderLocale?)])
    func tags(_ tag: String, _ locale: ReminderLocale?) {
        #expect(ReminderLocale(tag: tag) == locale)
    }

    @Test("A recipient with another language gets the one that is set")
    func fallback() throws {
        let configuration = try EmailConfiguration(
            fromAddress: "a@example.org", texts: TextDefaults(locale: .german))
        let mail = String(
            mail: try EmailChannel(configuration: configuration, transport: nil).mail { $0.locale = "sv-SE" })
        #expect(mail.contains("\r\nContent-Language: de\r\n"))
        #expect(mail.contains("Erinnerung"))
    }

    @Test(
        "A time is written as the language does",
        arguments: [
            (ReminderLocale.english, "2026-02-10T14:30:00Z", "Tuesday 10 February 2026, 15:30"),
            (.danish, "2026-02-10T14:30:00Z", "tirsdag den 10. februar 2026 kl. 15.30"),
            (.german, "2026-02-10T14:30:00Z", "Dienstag, 10. Februar 2026, 15:30 Uhr"),
            (.danish, "2026-05-31T22:00:00Z", "mandag den 1. juni 2026 kl. 00.00"),
            (.german, "2026-03-29T00:59:59Z", "Sonntag, 29. März 2026, 01:59 Uhr"),
            (.german, "2026-03-29T01:00:00Z", "Sonntag, 29. März 2026, 03:00 Uhr"),
            (.english, "2026-12-31T23:05:00Z", "Friday 1 January 2027, 00:05"),
            (.english, "1969-12-31T22:59:00Z", "Wednesday 31 December 1969, 23:59"),
        ])
    func times(_ locale: ReminderLocale, _ time: String, _ text: String) throws {
        let instant = try #require(Instant(rfc3339: time))
        #expect(DueTime(instant, zone: "Europe/Copenhagen", locale: locale).text == text)
    }

    @Test("Each language has all days and months")
    func calendar() throws {
        for locale in ReminderLocale.allCases {
            let texts = (0..<366).map {
                DueTime(Instant(seconds: 1_767_225_600 + $0 * 86_400), zone: "UTC", locale: locale).text
            }
            #expect(Set(texts).count == 366)
        }
    }

    @Test("A zone that doesn't exist is UTC, and says so")
    func unknownZone() throws {
        let text = try textPart(
            EmailChannel.make().mail {
                $0.timeZone = "Mars/Olympus"
                $0.locale = "en"
            })
        #expect(text.contains("Time: Tuesday 10 February 2026, 14:30 (UTC)"))
    }

    @Test(
        "The date of the header is of the request, in UTC",
        arguments: [
            ("2026-02-10T14:30:01.25Z", "Tue, 10 Feb 2026 14:30:01 +0000"),
            ("2027-01-01T00:00:00Z", "Fri, 01 Jan 2027 00:00:00 +0000"),
            ("1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 +0000"),
            ("2028-02-29T12:05:09Z", "Tue, 29 Feb 2028 12:05:09 +0000"),
        ])
    func headerDate(_ time: String, _ text: String) throws {
        #expect(
            MailDate.text(try #require(Instant(rfc3339: time))).replacing(", 0", with: ", ")
                == text.replacing(", 0", with: ", "))
    }

    @Test("Every word is there in every language")
    func words() {
        for locale in ReminderLocale.allCases {
            let words = ReminderWords[locale]
            let all =
                Array(words.byName.values) + Trigger.allCases.map(words.heading)
                + Priority.allCases.map(words.name(of:))
                + ["case", "task", "bug", "project"].map(words.name(ofEntity:))
            #expect(all.allSatisfy { !$0.isEmpty })
            #expect(Set(words.headings.keys) == Set(Trigger.allCases))
            #expect(Set(words.priorities.keys) == Set(Priority.allCases))
        }
    }
}
