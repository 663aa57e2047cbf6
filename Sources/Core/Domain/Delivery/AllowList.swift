/// Whom a deployment may write to at all, for staging and for trying things out: nobody else gets anything.
///
/// It is weighed where it is decided, so that explanations know of it, and by the sender once more, which has the address that
/// the message would go to.
public struct AllowList: Hashable, Sendable {
    /// One entry.
    enum Entry: Hashable, Sendable {
        /// A mail address, in lower case.
        case address(String)
        /// All addresses at a host, in lower case.
        case domain(String)
        /// A user, through every channel.
        case user(OpaqueID)
        /// An address of a channel; nil: everything that goes through it.
        case channel(ChannelKind, address: String?)
    }

    private let entries: Set<Entry>
    /// The entries as they were given.
    public let words: [String]

    /// Why an entry is none.
    public struct Problem: Error, Hashable, CustomStringConvertible {
        /// The entry, and what would be right.
        public let description: String
    }

    /// Reads entries: `anna@example.org`; `@example.org` for all addresses at that host, and at no other below it;
    /// `user:17` for a user through every channel; `mattermost:@anna` or another channel with its address; `frontend:*` for
    /// all that goes through a channel.
    ///
    /// - Throws: `Problem` for the first that is none of these.
    public init(_ words: [String]) throws(Problem) {
        var entries: Set<Entry> = []
        for word in words { entries.insert(try AllowList.entry(word)) }
        self.entries = entries
        self.words = words
    }

    private static func entry(_ word: String) throws(Problem) -> Entry {
        let expected =
            "give a mail address, @ and a domain, user:ID, or a channel with an address or *, such as mattermost:@anna"
        if let colon = word.firstIndex(of: ":") {
            let (scope, rest) = (String(word[..<colon]), String(word[word.index(after: colon)...]))
            guard !rest.isEmpty else { throw Problem(description: "“\(word)” names nobody: \(expected)") }
            if scope == "user" { return .user(OpaqueID(rest)) }
            guard let kind = ChannelKind(rawValue: scope) else {
                throw Problem(description: "“\(scope)” in “\(word)” is no channel: \(expected)")
            }
            return .channel(kind, address: rest == "*" ? nil : plain(rest))
        }
        // An address of that domain is one: so is the domain.
        if word.hasPrefix("@"), (try? MailAddress("a" + word)) != nil { return .domain(word.dropFirst().lowercased()) }
        guard (try? MailAddress(word)) != nil else {
            throw Problem(description: "“\(word)” is no address: \(expected)")
        }
        return .address(word.lowercased())
    }

    /// Names in Mattermost come with the @ and without.
    private static func plain(_ address: String) -> String {
        (address.hasPrefix("@") ? String(address.dropFirst()) : address).lowercased()
    }

    /// Whether something may go to this address.
    ///
    /// - Parameter address: where the channel would send it; nil where it goes to the channel's own place.
    public func allows(_ recipient: Recipient, through channel: ChannelKind, at address: String?) -> Bool {
        if let user = recipient.userID, entries.contains(.user(user)) { return true }
        if entries.contains(.channel(channel, address: nil)) { return true }
        guard let address else { return false }
        if entries.contains(.channel(channel, address: AllowList.plain(address))) { return true }
        guard channel == .email else { return false }
        let written = address.lowercased()
        if entries.contains(.address(written)) { return true }
        return written.split(separator: "@").last.map { entries.contains(.domain(String($0))) } ?? false
    }
}
