import RemindersDomain
import RemindersSending

/// Where a post goes: the value of `channel` in a webhook's request.
struct PostAddress: Hashable, Sendable {
    /// `@anna` for a direct message, `town-square` for a channel.
    let channel: String

    /// Reads the address of a delivery: `anna` or `@anna` is a user, `~town-square` or `#town-square` a channel.
    ///
    /// - Throws: `RenderingError` for what can't be a name in Mattermost.
    init(_ address: String) throws(RenderingError) {
        do throws(MattermostNameError) {
            let name =
                switch address.utf8.first {
                case UInt8(ascii: "~"), UInt8(ascii: "#"): String(address.dropFirst())
                case UInt8(ascii: "@"): address
                default: "@" + address
                }
            channel = try MattermostName(name).text
        } catch {
            throw RenderingError(field: "address", description: "is no Mattermost name: \(error)")
        }
    }
}
