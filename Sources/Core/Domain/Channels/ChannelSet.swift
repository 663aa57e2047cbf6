/// Some of the channels.
public struct ChannelSet: SetAlgebra, Hashable, Sendable {
    /// Bit n is the nth of `ChannelKind.withColumns`: sets of these, which is nearly all there are, cost nothing.
    private var bits: UInt8
    /// The others, in their order.
    private var others: [ChannelKind]

    /// No channel.
    public init() {
        bits = 0
        others = []
    }

    /// The set of one channel.
    public init(_ channel: ChannelKind) {
        self.init()
        insert(channel)
    }

    /// Mail.
    public static let email = ChannelSet(.email)
    /// Mattermost.
    public static let mattermost = ChannelSet(.mattermost)
    /// Browser pop-ups.
    public static let frontend = ChannelSet(.frontend)
    /// Every channel of the standard registry.
    public static let all = ChannelSet(ChannelRegistry.standard.kinds)
    /// What people get who never chose: the defaults of the columns of `user_notification_preferences`.
    public static let unlessChosen: ChannelSet = [.email, .frontend]

    /// The channels, in their order.
    public var channels: [ChannelKind] {
        ChannelKind.withColumns.filter { contains($0) } + others
    }

    /// Those of them that have no columns of their own, in their order.
    public var withoutColumns: [ChannelKind] { others }

    /// Whether there is none.
    public var isEmpty: Bool { bits == 0 && others.isEmpty }

    private static func bit(_ channel: ChannelKind) -> UInt8? { channel.place.map { 1 << UInt8($0) } }

    /// Whether `channel` is one of them.
    public func contains(_ channel: ChannelKind) -> Bool {
        if let bit = ChannelSet.bit(channel) { bits & bit != 0 } else { others.contains(channel) }
    }

    /// Adds a channel.
    @discardableResult
    public mutating func insert(_ channel: ChannelKind) -> (inserted: Bool, memberAfterInsert: ChannelKind) {
        if contains(channel) { return (false, channel) }
        if let bit = ChannelSet.bit(channel) {
            bits |= bit
        } else {
            others.insert(channel, at: others.firstIndex { channel < $0 } ?? others.endIndex)
        }
        return (true, channel)
    }

    /// Takes a channel out.
    @discardableResult
    public mutating func remove(_ channel: ChannelKind) -> ChannelKind? {
        guard contains(channel) else { return nil }
        if let bit = ChannelSet.bit(channel) { bits &= ~bit } else { others.removeAll { $0 == channel } }
        return channel
    }

    /// Adds a channel.
    @discardableResult
    public mutating func update(with channel: ChannelKind) -> ChannelKind? {
        insert(channel).inserted ? nil : channel
    }

    /// Adds all of the others.
    public mutating func formUnion(_ other: ChannelSet) {
        bits |= other.bits
        for channel in other.others { insert(channel) }
    }

    /// Keeps those that are in both.
    public mutating func formIntersection(_ other: ChannelSet) {
        bits &= other.bits
        others.removeAll { !other.contains($0) }
    }

    /// Keeps those that are in one of both only.
    public mutating func formSymmetricDifference(_ other: ChannelSet) {
        let common = intersection(other)
        formUnion(other)
        subtract(common)
    }

    /// Takes all of the others out.
    public mutating func subtract(_ other: ChannelSet) {
        bits &= ~other.bits
        others.removeAll { other.contains($0) }
    }

    /// Those of both.
    public func union(_ other: ChannelSet) -> ChannelSet {
        var union = self
        union.formUnion(other)
        return union
    }

    /// Those in both.
    public func intersection(_ other: ChannelSet) -> ChannelSet {
        var intersection = self
        intersection.formIntersection(other)
        return intersection
    }

    /// Those in one of both only.
    public func symmetricDifference(_ other: ChannelSet) -> ChannelSet {
        var difference = self
        difference.formSymmetricDifference(other)
        return difference
    }

    /// Those that are not among the others.
    public func subtracting(_ other: ChannelSet) -> ChannelSet {
        var difference = self
        difference.subtract(other)
        return difference
    }
}

extension ChannelSet: CustomStringConvertible {
    /// `email, mattermost`, or `none`
    public var description: String {
        isEmpty ? "none" : channels.map(\.rawValue).joined(separator: ", ")
    }
}
