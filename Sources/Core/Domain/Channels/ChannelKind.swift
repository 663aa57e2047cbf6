/// A way to reach a person, by the name it has everywhere: in the ledger, in messages, in settings and in the API.
///
/// The kinds are open: whoever adds a channel names it here or in a package of their own. What is known about those of
/// this installation is in `ChannelRegistry`.
public struct ChannelKind: RawRepresentable, Hashable, Sendable, Codable {
    /// 1 to 31 lower-case letters, digits and hyphens, the first a letter: `[a-z][a-z0-9-]{0,30}`.
    public let rawValue: String

    /// A kind of this name; nil where the name is none.
    public init?(rawValue: String) {
        guard (1...31).contains(rawValue.utf8.count), let first = rawValue.utf8.first,
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first),
            rawValue.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            })
        else { return nil }
        self.rawValue = rawValue
    }

    private init(known name: String) {
        rawValue = name
    }

    /// A mail, to a user's address or to a raw address.
    public static let email = ChannelKind(known: "email")
    /// A post in Mattermost, to a user (`@name`) or a channel.
    public static let mattermost = ChannelKind(known: "mattermost")
    /// A pop-up in the browser of a logged-in user.
    public static let frontend = ChannelKind(known: "frontend")

    /// Those with columns of their own in the database (`notify_email` …), in the order in which decisions list them.
    public static let withColumns = [email, mattermost, frontend]

    /// What `init(rawValue:)` takes, in words for the one who wrote something else.
    public static let expected = "a channel: 1 to 31 lower-case letters, digits and hyphens, like email"
}

extension ChannelKind: Comparable {
    /// The order in which decisions list channels: those with columns of their own, then the others by name.
    public static func < (left: ChannelKind, right: ChannelKind) -> Bool {
        switch (left.place, right.place) {
        case (let left?, let right?): left < right
        case (.some, nil): true
        case (nil, .some): false
        case (nil, nil): left.rawValue < right.rawValue
        }
    }

    /// Its place among those with columns of their own.
    var place: Int? { ChannelKind.withColumns.firstIndex(of: self) }
}

extension ChannelKind: CustomStringConvertible {
    /// The name.
    public var description: String { rawValue }
}
