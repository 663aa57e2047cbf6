/// What a reminder says about channels.
public struct ChannelChoice: Hashable, Sendable {
    /// Channels the reminder asks for.
    public var wanted: ChannelSet
    /// Channels the reminder forbids.
    public var unwanted: ChannelSet

    /// A reminder that says nothing about channels.
    public static let none = ChannelChoice([:])

    /// From an answer for each channel; one that is missing says nothing.
    public init(_ answers: [ChannelKind: Bool]) {
        wanted = []
        unwanted = []
        for (channel, answer) in answers {
            if answer { wanted.insert(channel) } else { unwanted.insert(channel) }
        }
    }

    /// What it says about one channel; nil says nothing.
    public subscript(channel: ChannelKind) -> Bool? {
        get { wanted.contains(channel) ? true : unwanted.contains(channel) ? false : nil }
        set {
            wanted.remove(channel)
            unwanted.remove(channel)
            switch newValue {
            case true?: wanted.insert(channel)
            case false?: unwanted.insert(channel)
            case nil: break
            }
        }
    }

    /// The channels for a user with these defaults: what the reminder says wins for each channel, and where it says
    /// nothing the default counts. With `override`, what the reminder asks for and nothing else.
    public func channels(defaults: ChannelSet, override: Bool) -> ChannelSet {
        override ? wanted : defaults.union(wanted).subtracting(unwanted)
    }
}
