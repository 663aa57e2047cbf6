/// Where an incoming webhook of Mattermost may post: to a user or to a channel, by name.
///
/// The rules are those of Mattermost's server (`model.IsValidUsername`, `model.IsValidChannelIdentifier`): lower-case
/// letters, digits, `-` and `_`, in user names also `.`, 64 characters at most.
public enum MattermostName: Hashable, Sendable {
    /// A user, without the `@`.
    case user(String)
    /// A channel, by the name in its address.
    case channel(String)

    /// The longest name, in characters.
    public static let longest = 64
    /// Names that mean everybody, and Mattermost's own.
    private static let reserved: Set<String> = ["all", "channel", "here", "matterbot", "system"]

    /// Reads `@name` as a user and `name` as a channel. Capital letters are made small.
    ///
    /// - Throws: `MattermostNameError`, which says what is wrong.
    public init(_ text: String) throws(MattermostNameError) {
        let isUser = text.utf8.first == UInt8(ascii: "@")
        let name = (isUser ? text.dropFirst() : text[...]).lowercased()
        guard (1...MattermostName.longest).contains(name.utf8.count) else { throw .length }
        let isAllowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            case UInt8(ascii: "."): isUser
            default: false
            }
        }
        guard isAllowed else { throw .character }
        guard !isUser || !MattermostName.reserved.contains(name) else { throw .reserved }
        self = isUser ? .user(name) : .channel(name)
    }

    /// What goes into the webhook's `channel` field: `@name` or `name`.
    public var text: String {
        switch self {
        case .user(let name): "@" + name
        case .channel(let name): name
        }
    }
}

/// What is wrong with a Mattermost name.
public enum MattermostNameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It is empty or has more than 64 characters.
    case length
    /// It has a character that names don't have.
    case character
    /// It means everybody, or belongs to Mattermost.
    case reserved

    /// What is wrong, an English clause.
    public var description: String {
        switch self {
        case .length: "a Mattermost name has 1 to \(MattermostName.longest) characters"
        case .character: "a Mattermost name has letters, digits, - and _ only, and that of a user also dots"
        case .reserved: "this name means everybody or belongs to Mattermost; give the name of one user"
        }
    }
}
