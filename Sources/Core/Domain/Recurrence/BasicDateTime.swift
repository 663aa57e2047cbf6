/// DATE and DATE-TIME of RFC 5545 §3.3.4 and §3.3.5: `20261224`, `20261224T170000` and `20261224T160000Z`.
enum BasicDateTime {
    case day(CivilDate)
    case local(LocalDateTime)
    case utc(Instant)

    init?(_ text: String) {
        var copy = text
        let parsed = copy.withUTF8 { bytes -> BasicDateTime? in
            var reader = DigitReader(UnsafeRawBufferPointer(bytes))
            guard let century = reader.twoDigits(), let yearOfCentury = reader.twoDigits(),
                let month = reader.twoDigits(), let day = reader.twoDigits(),
                let date = CivilDate(year: century * 100 + yearOfCentury, month: month, day: day)
            else { return nil }
            if reader.isAtEnd { return .day(date) }
            guard reader.take("T"), let hour = reader.twoDigits(), let minute = reader.twoDigits(),
                let second = reader.twoDigits(),
                let local = LocalDateTime(date: date, hour: hour, minute: minute, second: second)
            else { return nil }
            if reader.isAtEnd { return .local(local) }
            guard reader.take("Z"), reader.isAtEnd else { return nil }
            return .utc(Instant(microseconds: local.microseconds))
        }
        guard let parsed else { return nil }
        self = parsed
    }
}
