import RemindersDomain
import RemindersHTTPService

/// Channels as the API names them.
extension QueryReader {
    /// One of the channels of this installation.
    mutating func channel(_ name: String, among channels: ChannelRegistry = .standard) -> ChannelKind? {
        guard let text = text(name) else { return nil }
        if let kind = ChannelKind(rawValue: text), channels[kind] != nil { return kind }
        note(name, channels.refusal)
        return nil
    }
}

extension ObjectReader {
    /// One of the channels of this installation.
    mutating func channel(_ name: String, among channels: ChannelRegistry = .standard) -> ChannelKind? {
        guard let text = text(name, upTo: 31) else { return nil }
        if let kind = ChannelKind(rawValue: text), channels[kind] != nil { return kind }
        return wrong(name, channels.refusal)
    }
}

extension ChannelRegistry {
    fileprivate var refusal: String { "must be one of \(kinds.map(\.rawValue).joined(separator: ", "))" }
}
