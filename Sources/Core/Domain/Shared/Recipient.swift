/// Whom a reminder goes to: a user, or a raw mail address.
///
/// The key is what the ledger stores: the user's id, or `mailto:` and the lower-cased address. So a user id must not
/// begin with `mailto:`.
public struct Recipient: Hashable, Sendable {
    /// The user's id, or `mailto:` and the lower-cased address.
    public let key: String

    /// The recipient whose key was stored.
    public init(key: String) {
        self.key = key
    }

    /// The user with this id.
    public static func user(_ id: String) -> Recipient {
        Recipient(key: id)
    }

    /// The person at this mail address, in whatever case it is written. Check it with `MailAddress` first.
    public static func address(_ address: String) -> Recipient {
        Recipient(key: prefix + address.lowercased())
    }

    /// The mail address, lower-cased, or nil for a user.
    public var address: String? {
        isAddress ? String(key.dropFirst(Recipient.prefix.count)) : nil
    }

    /// The user's id, or nil for a raw address.
    public var userID: String? {
        isAddress ? nil : key
    }

    private var isAddress: Bool { key.hasPrefix(Recipient.prefix) }
    private static let prefix = "mailto:"
}

extension Recipient: Comparable {
    /// By key, so that locks on several recipients are always taken in one order.
    public static func < (left: Recipient, right: Recipient) -> Bool {
        left.key < right.key
    }
}
