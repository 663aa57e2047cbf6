import Domain
import Postgres

/// `users` and `user_notification_preferences`.
extension SQL {
    static let putUser = Statement(
        "putUser",
        """
        INSERT INTO users AS u (id, display_name, email, mattermost_username, locale, time_zone)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, email = excluded.email,
            mattermost_username = excluded.mattermost_username, locale = excluded.locale,
            time_zone = excluded.time_zone, updated_at = now(), deleted_at = NULL
        """)

    static let putCase = Statement(
        "putCase",
        """
        INSERT INTO cases AS c (entity_type, id, title, status, url) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (entity_type, id) DO UPDATE SET title = excluded.title, status = excluded.status,
            url = excluded.url, updated_at = now()
        """)

    static let timeZoneOfUser = Statement("timeZoneOfUser", "SELECT time_zone FROM users WHERE id = $1")

    static let people = [putUser, putCase, timeZoneOfUser]
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
                SQL.putUser(
                    .text($0.id), .textOrNil($0.name), .textOrNil($0.email), .textOrNil($0.mattermostName),
                    .text($0.locale), .text($0.timeZone))
            })
    }

    /// Creates a case, or changes it.
    public func putCase(_ about: CaseReference, title: String?, status: String?, url: String?) async throws {
        _ = try await pool.query(
            SQL.putCase(
                .text(about.entityType), .text(about.id), .textOrNil(title), .textOrNil(status),
                .textOrNil(url)))
    }

    /// The IANA time zone of a user; nil when there is no such user.
    public func timeZone(ofUser id: String) async throws -> String? {
        try await pool.query(SQL.timeZoneOfUser(.text(id))).first?.text(0)
    }
}
