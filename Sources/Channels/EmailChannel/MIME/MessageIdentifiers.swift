import RemindersDomain

/// The ids in `Message-ID` and `References` (RFC 5322 §3.6.4): the same delivery and the same case give the same ids,
/// whoever sends and however often.
enum MessageIdentifiers {
    /// `<delivery-id@domain>`. A copy that was sent twice has the same id, so that mailboxes may drop one.
    static func delivery(_ id: String, domain: String) -> String {
        "<\(id)@\(domain)>"
    }

    /// `<case-<hash>@domain>`: all mails of a case refer to it, and so form one conversation. No mail has this id.
    ///
    /// The id of a case is any text, so it is hashed: FNV-1a with 128 bits
    /// (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv), which is short and spreads well; it is no secret.
    static func thread(_ reference: CaseReference, domain: String) -> String {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        let prime: UInt128 = 1 << 88 | 0x13B
        func add(_ byte: UInt8) {
            hash = (hash ^ UInt128(byte)) &* prime
        }
        for byte in reference.entityType.utf8 { add(byte) }
        add(0)
        for byte in reference.id.utf8 { add(byte) }
        var digits = [UInt8]("<case-".utf8)
        for shift in stride(from: 124, through: 0, by: -4) {
            let value = UInt8(truncatingIfNeeded: hash >> UInt128(shift)) & 15
            digits.append(value < 10 ? 48 + value : 87 + value)
        }
        digits.append(UInt8(ascii: "@"))
        digits.append(contentsOf: domain.utf8)
        digits.append(UInt8(ascii: ">"))
        return String(decoding: digits, as: UTF8.self)
    }
}
