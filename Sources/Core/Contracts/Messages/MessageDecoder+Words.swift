import RemindersDomain

/// Text with a grammar of its own.
extension MessageDecoder {
    /// A UUID (RFC 9562 §4) in either case.
    mutating func uuid(_ field: some MessageField) throws(JSONError) -> DeliveryID? {
        guard let text = try text(field, upToBytes: 36) else { return nil }
        if let id = DeliveryID(text) { return id }
        note(field, "is \(ContractError.quote(text))")
        return nil
    }

    /// A language tag (RFC 5646 §2.1): letters and digits in groups of at most eight, the first of letters only.
    /// An underscore for the hyphen is accepted.
    mutating func locale(_ field: some MessageField) throws(JSONError) -> String? {
        guard let text = try text(field, upToBytes: Limits.locale) else { return nil }
        var groupLength = 0
        var isFirstGroup = true
        var isTag = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "_"):
                isTag = isTag && groupLength >= (isFirstGroup ? 2 : 1)
                isFirstGroup = false
                groupLength = 0
                continue
            case UInt8(ascii: "0")...UInt8(ascii: "9"): isTag = isTag && !isFirstGroup
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): break
            default: isTag = false
            }
            groupLength += 1
            isTag = isTag && groupLength <= 8
        }
        guard isTag, groupLength >= (isFirstGroup ? 2 : 1) else {
            note(field, "is \(ContractError.quote(text))")
            return nil
        }
        return text
    }

    /// The characters of an IANA time zone name; whether the zone exists is for who uses it.
    mutating func timeZone(_ field: some MessageField) throws(JSONError) -> String? {
        guard let text = try text(field, upToBytes: Limits.timeZone) else { return nil }
        guard IANAZoneName.hasItsCharacters(text) else {
            note(field, "is \(ContractError.quote(text))")
            return nil
        }
        return text
    }
}
