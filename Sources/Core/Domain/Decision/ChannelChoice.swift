/// The columns `notify_email`, `notify_mattermost` and `notify_frontend` of a reminder: what it says about channels.
public struct ChannelChoice: Hashable, Sendable {
    /// Channels the reminder asks for.
    public var wanted: ChannelSet
    /// Channels the reminder forbids.
    public var unwanted: ChannelSet

    /// A reminder that says nothing about channels.
    public static let none = ChannelChoice()

    /// From the columns; null says nothing.
    public init(email: Bool? = nil, mattermost: Bool? = nil, frontend: Bool? = nil) {
        wanted = []
        unwanted = []
        for (channel, answer) in [(ChannelSet.email, email), (.mattermost, mattermost), (.frontend, frontend)] {
            if answer == true { wanted.insert(channel) }
            if answer == false { unwanted.insert(channel) }
        }
    }

    /// The channels for a user with these defaults: what the reminder says wins for each channel, and where it says
    /// nothing the default counts. With `override`, what the reminder asks for and nothing else.
    public func channels(defaults: ChannelSet, override: Bool) -> ChannelSet {
        override ? wanted : defaults.union(wanted).subtracting(unwanted)
    }
}
