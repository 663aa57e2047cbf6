import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// `GET` and `PATCH /users/me/notification-preferences`.
struct PreferenceRoutes: Sendable {
    let store: ReminderStore
    let channels: ChannelRegistry
    let policy: NotifyingPolicy

    func add(to router: some RouterMethods<APIContext>) {
        router.group("users/me/notification-preferences")
            .get(use: get)
            .patch(use: patch)
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requireIdentity().userID
        try request.requireNoQuery()
        return .resource(.ok, try await store.preferences(of: user.text).json(of: user), answering: request)
    }

    @Sendable private func patch(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        let user = identity.userID
        try request.requireNoQuery()
        var fields = try await JSONBody.read(request, context).object()
        let patch = try PreferencesPatch(reading: &fields, channels)
        let changed = try await store.changePreferences(of: user.text) { known in
            try request.requireMatch(with: known.json(of: user))
            let changed = try patch.applied(to: known.preferences)
            try policy.check(
                emailOverride: changed.emailOverride, before: known.preferences.emailOverride, own: known.email,
                by: identity)
            return changed
        }
        return .resource(.ok, changed.json(of: user), answering: request)
    }
}

extension StoredPreferences {
    /// The preferences as the API shows them.
    fileprivate func json(of userID: OpaqueID) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.write("user_id", userID.text)
        writer.write(preferences.channels)
        writer.write("email_override", orNull: preferences.emailOverride)
        writer.write("quiet_hours_enabled", preferences.quietHoursEnabled)
        writer.write("quiet_hours_start", preferences.quietHoursStart.description)
        writer.write("quiet_hours_end", preferences.quietHoursEnd.description)
        writer.write("quiet_hours_days", preferences.quietHoursDays.days.map { Int64($0.rawValue) })
        writer.write("time_zone", preferences.timeZone)
        writer.write("locale", preferences.locale)
        writer.write("display_name", orNull: displayName)
        writer.write("email", orNull: email)
        writer.write("updated_at", orNull: updatedAt)
        writer.endObject()
        return writer.bytes
    }
}
