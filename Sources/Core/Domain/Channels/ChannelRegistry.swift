/// The channels of an installation, in the order in which people are asked about them.
///
/// A channel joins with one line here (or, from a package of its own, by `adding`): its queue is declared, its switch is
/// read, the API takes and shows people's choice of it, and explanations have its words. What does the sending is a
/// `Channel` in its own process.
public struct ChannelRegistry: Hashable, Sendable {
    /// What is known about each.
    public private(set) var channels: [ChannelDescription]
    /// Those that reach a person by who they are.
    public private(set) var needingNoAddress = ChannelSet()
    /// Those that have somewhere to go where a person has no address.
    public private(set) var havingOperatorsAddress = ChannelSet()
    /// Those by which each occurrence goes in a message of its own.
    public private(set) var keepingApart = ChannelSet()

    /// The channels of this repository.
    public static let standard = ChannelRegistry([.email, .mattermost, .frontend])

    /// A registry of these; of two with the same kind the later counts.
    public init(_ channels: [ChannelDescription]) {
        self.channels = []
        for channel in channels { add(channel) }
    }

    /// The same with one more.
    public func adding(_ channel: ChannelDescription) -> ChannelRegistry {
        var registry = self
        registry.add(channel)
        return registry
    }

    private mutating func add(_ channel: ChannelDescription) {
        if let place = channels.firstIndex(where: { $0.kind == channel.kind }) {
            channels[place] = channel
        } else {
            channels.append(channel)
        }
        needingNoAddress = ChannelSet(channels.filter { $0.address == .none }.map(\.kind))
        havingOperatorsAddress = ChannelSet(channels.filter { $0.address == .optional }.map(\.kind))
        keepingApart = ChannelSet(channels.filter { !$0.joinsDigests }.map(\.kind))
    }

    /// Only those of these kinds.
    public func limited(to kinds: [ChannelKind]) -> ChannelRegistry {
        ChannelRegistry(channels.filter { kinds.contains($0.kind) })
    }

    /// Their kinds.
    public var kinds: [ChannelKind] { channels.map(\.kind) }

    /// What is known about one; nil where it is none of them.
    public subscript(kind: ChannelKind) -> ChannelDescription? {
        channels.first { $0.kind == kind }
    }

    /// How it goes through these, in a sentence: `by email, in Mattermost and as a pop-up`.
    public func words(_ kinds: [ChannelKind]) -> String {
        let ways = kinds.map { self[$0]?.way ?? "through \($0)" }
        guard let last = ways.last, ways.count > 1 else { return ways.first ?? "" }
        return ways.dropLast().joined(separator: ", ") + " and " + last
    }
}

/// What the rest of the system has to know about a channel.
public struct ChannelDescription: Hashable, Sendable {
    /// Its name everywhere.
    public let kind: ChannelKind
    /// Its name for people, as in a list: `Mail`.
    public let name: String
    /// How a reminder comes, as the end of a sentence: `by email`.
    public let way: String
    /// The word in its switch `REMINDERS_<WORD>_ENABLED`; nil for one that is on whenever anything is sent.
    public let switchWord: String?
    /// Whether a person needs an address for it.
    public let address: Address
    /// Whether several occurrences of a person may leave in one message. Where they stay apart, each can be put off or
    /// dismissed by itself.
    public let joinsDigests: Bool
    /// The process that sends through it: its queue is named after that.
    public let process: String

    /// What a channel needs to know of a person.
    public enum Address: String, Sendable {
        /// Nothing but who it is.
        case none
        /// Where they are, or what the operator has set for those who have no address.
        case optional
        /// Where they are: without an address a delivery is rejected.
        case required
    }

    /// A channel with these words.
    ///
    /// - Parameter process: nil for its kind and `-sender`.
    public init(
        kind: ChannelKind, name: String, way: String, switchWord: String?, address: Address = .required,
        joinsDigests: Bool = true, process: String? = nil
    ) {
        self.kind = kind
        self.name = name
        self.way = way
        self.switchWord = switchWord
        self.address = address
        self.joinsDigests = joinsDigests
        self.process = process ?? ChannelDescription.process(of: kind)
    }

    /// The process of a channel that names no other.
    public static func process(of kind: ChannelKind) -> String { kind.rawValue + senderSuffix }

    /// The channel that has this process unless it names another; nil where no channel could.
    public static func kind(ofProcess name: some StringProtocol) -> ChannelKind? {
        name.hasSuffix(senderSuffix) ? ChannelKind(rawValue: String(name.dropLast(senderSuffix.count))) : nil
    }

    private static let senderSuffix = "-sender"

    /// Mail.
    public static let email = ChannelDescription(kind: .email, name: "Mail", way: "by email", switchWord: "EMAIL")
    /// Mattermost.
    public static let mattermost = ChannelDescription(
        kind: .mattermost, name: "Mattermost", way: "in Mattermost", switchWord: "MATTERMOST", address: .optional)
    /// The browser. What shows pop-ups also pushes them to browsers.
    public static let frontend = ChannelDescription(
        kind: .frontend, name: "Pop-up", way: "as a pop-up", switchWord: nil, address: .none, joinsDigests: false,
        process: "frontend-push")
}
