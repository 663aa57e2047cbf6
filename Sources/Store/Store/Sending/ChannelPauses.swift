import RemindersDomain
import RemindersPostgres

/// `channel_pauses`: what senders tell the others while their channel waits for its operator.
extension SQL {
    static let notePause = Statement<ChannelKind, Int32, String>(
        "notePause",
        """
        INSERT INTO channel_pauses (channel, instance, reason) VALUES ($1, $2, $3)
        ON CONFLICT (channel, instance) DO UPDATE SET reason = excluded.reason
        """)

    // And what dead senders have left.
    static let endPause = Statement<ChannelKind, Int32>(
        "endPause",
        "DELETE FROM channel_pauses WHERE channel = $1 AND (instance = $2 OR NOT is_living_instance(instance))")

    static let channelPauses: [any AnyStatement] = [notePause, endPause]
}

extension ReminderStore {
    /// Shows that this sender's channel waits for its operator, and why; or, with nil, that it works.
    public func showPause(_ reason: String?, of channel: ChannelKind, by instance: Int32) async throws {
        if let reason {
            _ = try await pool.query(SQL.notePause(channel, instance, reason.storable))
        } else {
            _ = try await pool.query(SQL.endPause(channel, instance))
        }
    }
}
