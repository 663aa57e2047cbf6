import RemindersContracts
import RemindersDomain
import RemindersHTTPService

/// What is said about people, in the bodies that say it.
extension ObjectReader {
    /// The language of a person, as in `da` or `en-GB`.
    mutating func locale(_ name: String) -> String? {
        guard let text = text(name, upTo: LanguageTag.longest, isOneLine: true) else { return nil }
        guard LanguageTag.isValid(text) else { return wrong(name, "must be \(LanguageTag.expected)") }
        return text
    }

    /// The Mattermost name of one person, without the `@`.
    mutating func mattermostUsername(_ name: String) -> String? {
        guard let text = text(name, upTo: MattermostName.longest, isOneLine: true) else { return nil }
        guard text.first != "@" else { return wrong(name, "must be without the @") }
        do {
            guard case .user(let username) = try MattermostName("@" + text) else { return nil }
            return username
        } catch {
            return wrong(name, "\(error)")
        }
    }

    /// Where a person can be reached, by channel: of those that need to know and have no field of their own.
    mutating func addresses(among installed: ChannelRegistry) -> [ChannelKind: String] {
        var addresses: [ChannelKind: String] = [:]
        for channel in installed.channels
        where channel.address != .none && !ChannelKind.withColumns.contains(channel.kind) {
            let name = channel.kind.rawValue
            guard let address = text(name, upTo: Limits.addressBytes, isOneLine: true) else { continue }
            if address.utf8.count > Limits.addressBytes
                || address.unicodeScalars.contains(where: \.properties.isWhitespace)
            {
                note(name, "must be at most \(Limits.addressBytes) bytes without blanks")
            } else {
                addresses[channel.kind] = address
            }
        }
        return addresses
    }

    /// A link that people may open, as `WebLink` writes it.
    mutating func webLink(_ name: String) -> String? {
        guard let text = text(name, upTo: Limits.urlBytes, isOneLine: true) else { return nil }
        do {
            return try WebLink(text).text
        } catch {
            return wrong(name, "must be a link: \(error)")
        }
    }
}
