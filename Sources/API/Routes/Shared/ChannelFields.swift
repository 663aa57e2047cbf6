import RemindersContracts
import RemindersDomain
import RemindersHTTPService

/// Channels as the API names them: `channels` and `channels_off` list any of the installation, and those with a column of
/// their own have a field of their own besides, as the predecessors had.
enum ChannelFields {
    /// The channels that are asked for, or wanted.
    static let listed = "channels"
    /// The channels that a reminder forbids.
    static let off = "channels_off"
    /// Every channel with a field of its own, and that: `notify_email`.
    static let own: [(channel: ChannelKind, name: StaticString)] = [
        (.email, "notify_email"), (.mattermost, "notify_mattermost"), (.frontend, "notify_frontend"),
    ]
    /// All of them.
    static let names = Set([listed, off] + own.map { "\($0.name)" })
}

extension QueryReader {
    /// One of the channels of this installation.
    mutating func channel(_ name: String, among channels: ChannelRegistry) -> ChannelKind? {
        guard let text = text(name) else { return nil }
        if let kind = ChannelKind(rawValue: text), channels[kind] != nil { return kind }
        note(name, channels.refusal)
        return nil
    }
}

extension ObjectReader {
    /// One of the channels of this installation.
    mutating func channel(_ name: String, among channels: ChannelRegistry) -> ChannelKind? {
        guard let text = text(name, upTo: 31) else { return nil }
        if let kind = ChannelKind(rawValue: text), channels[kind] != nil { return kind }
        return wrong(name, channels.refusal)
    }

    /// A list of channels of this installation, or of those that are there already.
    mutating func channels(
        _ name: String, among channels: ChannelRegistry, keeping known: ChannelSet = []
    ) -> ChannelSet? {
        let kinds: [ChannelKind]? = elements(name, upTo: 30) { reader, place, value in
            if let kind = value.text.flatMap(ChannelKind.init(rawValue:)), channels[kind] != nil || known.contains(kind)
            {
                return kind
            }
            return reader.wrong(place, channels.refusal)
        }
        return kinds.map { ChannelSet($0) }
    }

    /// What a reminder says about channels, in lists and in fields; where both say something, they have to say the same.
    ///
    /// - Parameters:
    ///   - before: what it says so far. A list that is given replaces its part of that.
    ///   - cleared: fields that a patch takes away.
    mutating func channelChoice(
        among installed: ChannelRegistry, before: ChannelChoice, cleared: Set<String>
    ) -> ChannelChoice {
        let known = before.wanted.union(before.unwanted)
        let wanted = channels(ChannelFields.listed, among: installed, keeping: known)
        let unwanted = channels(ChannelFields.off, among: installed, keeping: known)
        var choice = before
        if cleared.contains(ChannelFields.listed) { choice.wanted = [] }
        if cleared.contains(ChannelFields.off) { choice.unwanted = [] }
        if let wanted {
            choice.wanted = wanted
            choice.unwanted.subtract(wanted)
        }
        if let unwanted {
            choice.unwanted = unwanted
            choice.wanted.subtract(unwanted)
            let both = unwanted.intersection(wanted ?? [])
            if !both.isEmpty { note(ChannelFields.off, "must not name what channels names: \(both)") }
        }
        for (channel, field) in ChannelFields.own {
            let name = "\(field)"
            guard let answer = boolean(name) else {
                if cleared.contains(name), wanted == nil, unwanted == nil { choice[channel] = nil }
                continue
            }
            agree(name, answer, channel, with: wanted, ChannelFields.listed, meaning: true)
            agree(name, answer, channel, with: unwanted, ChannelFields.off, meaning: false)
            choice[channel] = answer
        }
        return choice
    }

    /// Notes that a field and a list contradict each other. A list that leaves a channel out says nothing of what its
    /// field denies.
    ///
    /// - Parameter meaning: what it says of a channel to be in the list.
    mutating func agree(
        _ name: String, _ answer: Bool, _ channel: ChannelKind, with list: ChannelSet?, _ listName: String,
        meaning: Bool
    ) {
        guard let list, list.contains(channel) != (answer == meaning) else { return }
        let verb = list.contains(channel) ? "lists" : "does not list"
        note(name, "is \(answer), and \(listName) \(verb) \(channel): say the same in both, or only one of them")
    }
}

extension ChannelRegistry {
    fileprivate var refusal: String {
        "must be a channel of this installation: \(kinds.map(\.rawValue).joined(separator: ", "))"
    }
}

extension JSONWriter {
    /// What a reminder says about channels.
    mutating func write(_ choice: ChannelChoice) {
        for (channel, name) in ChannelFields.own { write(name, orNull: choice[channel]) }
        write("channels", choice.wanted.channels.map(\.rawValue))
        write("channels_off", choice.unwanted.channels.map(\.rawValue))
    }

    /// What a person wants.
    mutating func write(_ chosen: ChannelSet) {
        for (channel, name) in ChannelFields.own { write(name, chosen.contains(channel)) }
        write("channels", chosen.channels.map(\.rawValue))
    }
}
