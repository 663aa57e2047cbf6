/// Whom a reminder goes to: a user, or a raw mail address. The two are never equal, whatever the user's id is.
///
/// The ledger stores one text for both, the key: the user's id, or `mailto:` and the lower-cased address. That is why
/// nobody gets an id that begins with `mailto:`: tokens, the API and the database refuse it (`isReserved`). Should there be
/// such a user all the same, their key has a control character in front, which no key that was stored begins with.
///
/// Who was erased has a pseudonym instead, `erased:` and a number at random: nobody gets such an id either.
public struct Recipient: Hashable, Sendable {
    private enum Kind: Hashable {
        case user(OpaqueID)
        case address(OpaqueID)
    }

    private let kind: Kind

    /// The recipient whose key was stored.
    public init(key: String) {
        kind =
            Recipient.isAddress(key)
            ? .address(OpaqueID(String(decoding: key.utf8.dropFirst(Recipient.prefix.utf8.count), as: UTF8.self)))
            : .user(OpaqueID(key))
    }

    private init(_ kind: Kind) {
        self.kind = kind
    }

    /// The user with this id.
    public static func user(_ id: OpaqueID) -> Recipient {
        Recipient(.user(id))
    }

    /// The user with this id.
    public static func user(_ id: String) -> Recipient {
        Recipient(.user(OpaqueID(id)))
    }

    /// The person at this mail address, in whatever case it is written. Check it with `MailAddress` first.
    public static func address(_ address: String) -> Recipient {
        Recipient(.address(OpaqueID(address.lowercased())))
    }

    /// Whether a user's id must not begin as this text does: with `mailto:` or `erased:`, byte for byte.
    public static func isReserved(_ id: String) -> Bool {
        isAddress(id) || id.utf8.starts(with: erasedPrefix.utf8)
    }

    /// What a pseudonym begins with.
    public static let erasedPrefix = "erased:"

    /// Whether it is the pseudonym of somebody who was erased.
    public var isErased: Bool {
        userID?.text.utf8.starts(with: Recipient.erasedPrefix.utf8) ?? false
    }

    private static func isAddress(_ key: String) -> Bool {
        key.utf8.starts(with: prefix.utf8)
    }

    /// The user's id, or `mailto:` and the lower-cased address.
    public var key: String {
        switch kind {
        case .user(let id): Recipient.isAddress(id.text) ? "\u{1}" + id.text : id.text
        case .address(let address): Recipient.prefix + address.text
        }
    }

    /// The mail address, lower-cased, or nil for a user.
    public var address: String? {
        if case .address(let address) = kind { address.text } else { nil }
    }

    /// The user's id, or nil for a raw address.
    public var userID: OpaqueID? {
        if case .user(let id) = kind { id } else { nil }
    }

    private static let prefix = "mailto:"
}

extension Recipient: Comparable {
    /// By the bytes of the key, so that locks on several recipients are always taken in one order.
    public static func < (left: Recipient, right: Recipient) -> Bool {
        OpaqueID(left.key) < OpaqueID(right.key)
    }
}
