import RemindersDomain
import RemindersPostgres

/// `channel_pauses`: what senders tell the others while their channel waits for its operator.
extension SQL {
    static let notePause = Statement(
        "notePause",
        """
        INSERT INTO channel_pauses (channel, instance, reason) VALUES ($1, $2, $3)
        ON CONFLICT (channel, instance) DO UPDATE SET reason = excluded.reason
        """)

    // And what dead senders have left.
    static let endPause = Statement(
        "endPause",
        "DELETE FROM channel_pauses WHERE channel = $1 AND (instance = $2 OR NOT is_living_instance(instance))")

    static let channelPauses = [notePause, endPause]
}

extension ReminderStore {
    /// Shows that this sender's channel waits for its operator, and why; or, with nil, that it works.
    public func showPause(_ reason: String?, of channel: ChannelKind, by instance: Int32) async throws {
        let (channel, instance) = (PostgresValue.text(channel.rawValue), PostgresValue.int4(instance))
        if let reason {
            _ = try await pool.query(SQL.notePause(channel, instance, .text(reason.storable)))
        } else {
            _ = try await pool.query(SQL.endPause(channel, instance))
        }
    }
}
