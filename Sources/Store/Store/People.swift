import RemindersDomain
import RemindersPostgres

/// `users` and `user_notification_preferences`.
extension SQL {
    static let timeZoneOfUser = Statement("timeZoneOfUser", "SELECT time_zone FROM users WHERE id = $1")

    static let people = [timeZoneOfUser]
}

/// A person, as other services make them known.
public struct Person: Hashable, Sendable {
    /// The sub of their token.
    public let id: String
    /// Display name.
    public let name: String?
    /// Where mail goes.
    public let email: String?
    /// Mattermost name without the @.
    public let mattermostName: String?
    /// For the words: `en`, `da`, `de`.
    public let locale: String
    /// IANA name.
    public let timeZone: String

    /// A person with these parts.
    public init(
        id: String, name: String?, email: String?, mattermostName: String?, locale: String, timeZone: String
    ) {
        self.id = id
        self.name = name
        self.email = email
        self.mattermostName = mattermostName
        self.locale = locale
        self.timeZone = timeZone
    }
}

extension ReminderStore {
    /// Creates people, or changes them.
    public func putUsers(_ people: [Person]) async throws {
        _ = try await pool.pipeline(
            people.map {
                SQL.replaceUser(
                    .text($0.id), .textOrNil($0.name), .textOrNil($0.email), .textOrNil($0.mattermostName),
                    .text($0.locale), .text($0.timeZone))
            })
    }

    /// Creates a case, or changes it.
    public func putCase(_ about: CaseReference, title: String?, status: String?, url: String?) async throws {
        _ = try await pool.query(
            SQL.replaceCase(
                .text(about.entityType), .text(about.id), .textOrNil(title), .textOrNil(status), .null, .bool(false),
                .textOrNil(url)))
    }

    /// The IANA time zone of a user; nil when there is no such user.
    public func timeZone(ofUser id: String) async throws -> String? {
        try await pool.query(SQL.timeZoneOfUser(.text(id))).first?.text(0)
    }
}
