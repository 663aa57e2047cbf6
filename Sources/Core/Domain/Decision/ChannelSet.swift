/// Some of the channels.
public struct ChannelSet: OptionSet, Hashable, Sendable {
    /// Bit n is the nth of `ChannelKind.allCases`.
    public let rawValue: UInt8

    /// The set of these bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The set of these channels.
    public init(_ channels: some Sequence<ChannelKind>) {
        self = channels.reduce(into: []) { $0.insert(ChannelSet($1)) }
    }

    /// The set of one channel.
    public init(_ channel: ChannelKind) {
        switch channel {
        case .email: self = .email
        case .mattermost: self = .mattermost
        case .frontend: self = .frontend
        }
    }

    /// Mail.
    public static let email = ChannelSet(rawValue: 1)
    /// Mattermost.
    public static let mattermost = ChannelSet(rawValue: 2)
    /// Browser pop-ups.
    public static let frontend = ChannelSet(rawValue: 4)
    /// Every channel.
    public static let all: ChannelSet = [.email, .mattermost, .frontend]

    /// Whether `channel` is one of them.
    public func contains(_ channel: ChannelKind) -> Bool {
        contains(ChannelSet(channel))
    }

    /// The channels, in the order of `ChannelKind.allCases`.
    public var channels: [ChannelKind] {
        ChannelKind.allCases.filter { contains($0) }
    }
}

extension ChannelSet: CustomStringConvertible {
    /// `email, mattermost`, or `none`
    public var description: String {
        isEmpty ? "none" : channels.map(\.rawValue).joined(separator: ", ")
    }
}
