import RemindersDomain
import Testing

@testable import RemindersWording

@Suite("How often, in words")
struct RecurrenceSentenceTests {
    struct Example: Sendable, CustomTestStringConvertible {
        var recurrence: Recurrence
        var monthEnd: MonthEnd?
        var anchor = "2026-03-31T09:00:00"
        var excluding: [String] = []
        var words: [String]

        init(
            _ recurrence: Recurrence, monthEnd: MonthEnd? = nil, anchor: String = "2026-03-31T09:00:00",
            excluding: [String] = [], _ english: String, _ danish: String, _ german: String
        ) {
            self.recurrence = recurrence
            self.monthEnd = monthEnd
            self.anchor = anchor
            self.excluding = excluding
            words = [english, danish, german]
        }

        var testDescription: String { recurrence.rule ?? recurrence.type }
    }

    // In English, Danish and German. The anchor is a Tuesday, the last day of its month.
    static let examples: [Example] = [
        Example(.once, "Once", "Én gang", "Einmal"),
        Example(.daily, "Every day at 09:00", "Hver dag kl. 09.00", "Jeden Tag um 09:00 Uhr"),
        Example(
            .weekly, "Every week on Tuesday at 09:00", "Hver uge tirsdag kl. 09.00",
            "Jede Woche am Dienstag um 09:00 Uhr"),
        Example(
            .monthly, "Every month on the 31st at 09:00, in shorter months on the last day",
            "Hver måned den 31. kl. 09.00, i kortere måneder den sidste dag",
            "Jeden Monat am 31. um 09:00 Uhr, in kürzeren Monaten am letzten Tag"),
        Example(
            .monthly, monthEnd: .forward,
            "Every month on the 31st at 09:00, in shorter months on the first of the next",
            "Hver måned den 31. kl. 09.00, i kortere måneder den første i den næste",
            "Jeden Monat am 31. um 09:00 Uhr, in kürzeren Monaten am ersten des nächsten"),
        Example(
            .monthly, anchor: "2026-03-28T09:00:30", "Every month on the 28th at 09:00:30",
            "Hver måned den 28. kl. 09.00.30", "Jeden Monat am 28. um 09:00:30 Uhr"),
        Example(
            .rrule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"), "Every workday at 09:00",
            "Hver uge fra mandag til fredag kl. 09.00", "Jede Woche von Montag bis Freitag um 09:00 Uhr"),
        Example(
            .rrule("FREQ=DAILY;BYDAY=MO,FR"), "Every week on Monday and Friday at 09:00",
            "Hver uge mandag og fredag kl. 09.00", "Jede Woche am Montag und Freitag um 09:00 Uhr"),
        Example(
            .rrule("FREQ=DAILY;INTERVAL=3;BYDAY=MO,FR"), "Every 3 days at 09:00, if it is a Monday or a Friday",
            "Hver 3. dag kl. 09.00, hvis det er en mandag eller en fredag",
            "Alle 3 Tage um 09:00 Uhr, wenn es ein Montag oder ein Freitag ist"),
        Example(
            .rrule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=3;WKST=SU"),
            "Every 2 weeks on Monday and Friday at 09:00, 3 times, with weeks that begin on Sunday",
            "Hver 2. uge mandag og fredag kl. 09.00, 3 gange, med uger der begynder søndag",
            "Alle 2 Wochen am Montag und Freitag um 09:00 Uhr, 3-mal, mit Wochen ab Sonntag"),
        Example(
            .rrule("FREQ=MONTHLY;BYDAY=2TU,-1FR"), "Every month on the second Tuesday and on the last Friday at 09:00",
            "Hver måned den anden tirsdag og den sidste fredag kl. 09.00",
            "Jeden Monat am zweiten Dienstag und am letzten Freitag um 09:00 Uhr"),
        Example(
            .rrule("FREQ=MONTHLY;BYDAY=MO,2TU,-3WE"),
            "Every month on every Monday, on the second Tuesday and on the third-to-last Wednesday at 09:00",
            "Hver måned hver mandag, den anden tirsdag og den tredjesidste onsdag kl. 09.00",
            "Jeden Monat an jedem Montag, am zweiten Dienstag und am drittletzten Mittwoch um 09:00 Uhr"),
        Example(
            .rrule("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"), "Every month on the 13th at 09:00, if it is a Friday",
            "Hver måned den 13. kl. 09.00, hvis det er en fredag",
            "Jeden Monat am 13. um 09:00 Uhr, wenn es ein Freitag ist"),
        Example(
            .rrule("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1,-1"),
            "Every month on every Saturday and Sunday at 09:00, of these only the first and the last",
            "Hver måned hver lørdag og søndag kl. 09.00, heraf kun den første og den sidste",
            "Jeden Monat an jedem Samstag und Sonntag um 09:00 Uhr, davon nur der erste und der letzte"),
        Example(
            .rrule("FREQ=YEARLY;UNTIL=20280301T235959"), "Every year on 31 March at 09:00, until 1 March 2028",
            "Hvert år den 31. marts kl. 09.00, til og med 1. marts 2028",
            "Jedes Jahr am 31. März um 09:00 Uhr, bis 1. März 2028"),
        Example(
            .rrule("FREQ=DAILY;UNTIL=20261224T150000Z"), "Every day at 09:00, until 24 December 2026 at 16:00",
            "Hver dag kl. 09.00, til og med 24. december 2026 kl. 16.00",
            "Jeden Tag um 09:00 Uhr, bis 24. Dezember 2026 um 16:00 Uhr"),
        Example(
            .rrule("FREQ=YEARLY;BYDAY=20MO,-1FR"),
            "Every year on the 20th Monday and on the last Friday of the year at 09:00",
            "Hvert år den 20. mandag og den sidste fredag i året kl. 09.00",
            "Jedes Jahr am 20. Montag und am letzten Freitag des Jahres um 09:00 Uhr"),
        Example(
            .rrule("FREQ=YEARLY;BYMONTH=3;BYDAY=TH"), "Every year on every Thursday in March at 09:00",
            "Hvert år hver torsdag i marts kl. 09.00", "Jedes Jahr an jedem Donnerstag im März um 09:00 Uhr"),
        Example(
            .rrule("FREQ=YEARLY;BYWEEKNO=20,-1;BYDAY=MO;WKST=SU"),
            "Every year on Monday in week 20 and the last week at 09:00, with weeks that begin on Sunday",
            "Hvert år mandag i uge 20 og den sidste uge kl. 09.00, med uger der begynder søndag",
            "Jedes Jahr am Montag in Woche 20 und der letzten Woche um 09:00 Uhr, mit Wochen ab Sonntag"),
        Example(
            .rrule("FREQ=YEARLY;BYYEARDAY=1,100,-1"),
            "Every year on day 1, day 100 and the last day of the year at 09:00",
            "Hvert år dag 1, dag 100 og den sidste dag i året kl. 09.00",
            "Jedes Jahr am 1. Tag, am 100. Tag und am letzten Tag des Jahres um 09:00 Uhr"),
        Example(
            .rrule("FREQ=YEARLY;BYMONTH=6,7,8,12;BYMONTHDAY=1,2,3,15,-1,-2"),
            "Every year on the 1st to the 3rd, the 15th, the second-to-last day and the last day in June to August and December at 09:00",
            "Hvert år den 1. til den 3., den 15., den næstsidste dag og den sidste dag i juni til august og december kl. 09.00",
            "Jedes Jahr am 1. bis 3., am 15., am vorletzten Tag und am letzten Tag im Juni bis August und Dezember um 09:00 Uhr"
        ),
        Example(
            .rrule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"), "Every year on 29 February at 09:00, in leap years only",
            "Hvert år den 29. februar kl. 09.00, kun i skudår",
            "Jedes Jahr am 29. Februar um 09:00 Uhr, nur in Schaltjahren"),
        Example(
            .rrule("RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;SKIP=FORWARD"),
            "Every year on 29 February at 09:00, in other years on 1 March",
            "Hvert år den 29. februar kl. 09.00, i andre år den 1. marts",
            "Jedes Jahr am 29. Februar um 09:00 Uhr, in anderen Jahren am 1. März"),
        Example(
            .rrule("FREQ=YEARLY;BYMONTHDAY=1"), "Every year on the 1st of each month at 09:00",
            "Hvert år den 1. i hver måned kl. 09.00", "Jedes Jahr am 1. jedes Monats um 09:00 Uhr"),
        Example(
            .rrule("FREQ=MONTHLY;INTERVAL=2;COUNT=1"),
            "Every 2 months on the 31st at 09:00, without a replacement in shorter months, once",
            "Hver 2. måned den 31. kl. 09.00, uden erstatning i kortere måneder, én gang",
            "Alle 2 Monate am 31. um 09:00 Uhr, in kürzeren Monaten ohne Ersatz, einmal"),
        Example(
            .rrule("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8"),
            "Every 4 years on the 2nd to the 8th in November at 09:00, if it is a Tuesday",
            "Hvert 4. år den 2. til den 8. i november kl. 09.00, hvis det er en tirsdag",
            "Alle 4 Jahre am 2. bis 8. im November um 09:00 Uhr, wenn es ein Dienstag ist"),
        Example(
            .rrule("FREQ=DAILY;BYMONTH=1;BYHOUR=9,12,15"), "Every day in January at 09:00, 12:00 and 15:00",
            "Hver dag i januar kl. 09.00, 12.00 og 15.00", "Jeden Tag im Januar um 09:00, 12:00 und 15:00 Uhr"),
        Example(
            .rrule("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15;BYMINUTE=0,30"),
            "Every day at 14 times of the day from 09:00 to 15:30",
            "Hver dag på 14 tidspunkter af dagen fra kl. 09.00 til 15.30",
            "Jeden Tag zu 14 Uhrzeiten von 09:00 bis 15:30 Uhr"),
        Example(
            .daily, excluding: ["2026-04-01"], "Every day at 09:00, except for 1 date",
            "Hver dag kl. 09.00, undtagen 1 dato", "Jeden Tag um 09:00 Uhr, außer an 1 Termin"),
        Example(
            .daily, excluding: ["2026-04-01", "2026-04-02T07:00:00Z"], "Every day at 09:00, except for 2 dates",
            "Hver dag kl. 09.00, undtagen 2 datoer", "Jeden Tag um 09:00 Uhr, außer an 2 Terminen"),
    ]

    private func schedule(_ example: Example) throws -> RecurrenceSchedule {
        try RecurrenceSchedule(
            anchor: try #require(LocalDateTime(iso8601: example.anchor)),
            zone: ZoneCatalog.shared.zone("Europe/Copenhagen"), recurrence: example.recurrence,
            exclusions: example.excluding.map { try #require(Exclusion($0)) }, monthEnd: example.monthEnd)
    }

    @Test("in three languages", arguments: examples)
    func words(example: Example) throws {
        #expect(RecurrenceSentence.all(try schedule(example)).map(\.text) == example.words)
    }

    @Test("each part of a rule has its words: with another value they are others")
    func everyPart() throws {
        let pairs = [
            ("FREQ=DAILY", "FREQ=WEEKLY"), ("FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;INTERVAL=3"),
            ("FREQ=DAILY;COUNT=2", "FREQ=DAILY;COUNT=3"), ("FREQ=DAILY;UNTIL=20270101", "FREQ=DAILY;UNTIL=20270102"),
            ("FREQ=DAILY;UNTIL=20270101T120000", "FREQ=DAILY;UNTIL=20270101T130000"),
            ("FREQ=DAILY;BYMONTH=1", "FREQ=DAILY;BYMONTH=2"),
            ("FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=MONTHLY;BYMONTHDAY=-1"),
            ("FREQ=YEARLY;BYYEARDAY=9", "FREQ=YEARLY;BYYEARDAY=-9"),
            ("FREQ=YEARLY;BYWEEKNO=9", "FREQ=YEARLY;BYWEEKNO=-9"),
            ("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=SU"), ("FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=MO"),
            ("FREQ=DAILY;BYHOUR=9", "FREQ=DAILY;BYHOUR=10"), ("FREQ=DAILY;BYMINUTE=9", "FREQ=DAILY;BYMINUTE=10"),
            ("FREQ=DAILY;BYSECOND=9", "FREQ=DAILY;BYSECOND=10"),
            ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-2"),
            ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;WKST=SA"),
            ("RSCALE=GREGORIAN;SKIP=OMIT;FREQ=MONTHLY", "RSCALE=GREGORIAN;SKIP=FORWARD;FREQ=MONTHLY"),
            ("FREQ=MONTHLY;BYMONTHDAY=13", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR"),
            ("FREQ=YEARLY;BYYEARDAY=100", "FREQ=YEARLY;BYYEARDAY=100;BYMONTHDAY=10"),
        ]
        for (one, other) in pairs {
            let texts = try [one, other].map { rule in
                RecurrenceSentence.all(try schedule(Example(.rrule(rule), "", "", ""))).map(\.text)
            }
            for (left, right) in zip(texts[0], texts[1]) { #expect(left != right, "\(one) and \(other)") }
        }
    }

    @Test("no rule makes it crash or leaves a gap")
    func noise() throws {
        let days = (1...31).map(String.init).joined(separator: ",")
        for frequency in ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] {
            for part in [
                "BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12", "BYMONTHDAY=\(days)", "BYMONTHDAY=-31,-7,-6,-5,-4,-3,-2,-1",
                "BYYEARDAY=\(days),366,-366,-1", "BYWEEKNO=1,53,-53,-1", "BYDAY=MO,TU,WE,TH,FR,SA,SU",
                "BYDAY=53MO,-53MO,1TU,-1TU", "BYMONTHDAY=29,30,31;BYDAY=MO;BYSETPOS=366,-366,6,-6",
            ] {
                guard
                    let schedule = try? schedule(Example(.rrule("FREQ=\(frequency);\(part)"), "", "", ""))
                else { continue }
                for (_, text) in RecurrenceSentence.all(schedule) {
                    #expect(!text.isEmpty && !text.contains("  ") && !text.contains(" ,"), "\(text)")
                }
            }
        }
    }
}
