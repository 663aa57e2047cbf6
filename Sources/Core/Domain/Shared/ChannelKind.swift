/// A way to reach a person.
///
/// `allCases` is in the order in which a decision lists its channels.
public enum ChannelKind: String, CaseIterable, Sendable, Codable {
    /// A mail, to a user's address or to a raw address.
    case email
    /// A post in Mattermost, to a user (`@name`) or a channel.
    case mattermost
    /// A pop-up in the browser of a logged-in user.
    case frontend
}
