import RemindersDomain
import RemindersPostgres

/// `cases` and `users`, for services that would rather call than publish.
extension SQL {
    static let caseByReference = Statement<CaseReference>(
        "caseByReference", "SELECT \(StoredCase.columns) FROM cases WHERE entity_type = $1 AND id = $2")

    static let caseUnderLock = Statement<CaseReference>(
        "caseUnderLock", "SELECT \(StoredCase.columns) FROM cases WHERE entity_type = $1 AND id = $2 FOR UPDATE")

    static let deleteCase = Statement<CaseReference>(
        "deleteCase",
        """
        UPDATE cases SET deleted_at = clock_timestamp(), changed_at = greatest(changed_at, clock_timestamp()),
            updated_at = now()
        WHERE entity_type = $1 AND id = $2 AND deleted_at IS NULL
        """)

    static let casesThatNameReaders = Statement<[CaseReference], String>(
        "casesThatNameReaders",
        """
        SELECT c.entity_type, c.id, $3 = ANY (c.readers) AS is_named
        FROM unnest($1::text[], $2::text[]) AS about (entity_type, id)
        JOIN cases c ON c.entity_type = about.entity_type AND c.id = about.id
        WHERE c.readers IS NOT NULL
        """)

    static let userByID = Statement<String>("userByID", "SELECT \(StoredUser.columns) FROM users WHERE id = $1")

    static let userUnderLock = Statement<String>(
        "userUnderLock", "SELECT \(StoredUser.columns) FROM users WHERE id = $1 FOR UPDATE")

    static let replaceUser = putUser(
        "replaceUser",
        orUpdate: """
            display_name = excluded.display_name, email = excluded.email,
                mattermost_username = excluded.mattermost_username, locale = excluded.locale,
                time_zone = excluded.time_zone, updated_at = now(), deleted_at = NULL
            """)

    // What people may say about themselves. Who was deleted stays so.
    static let putPlaceOfUser = putUser(
        "putPlaceOfUser",
        orUpdate: """
            locale = excluded.locale, time_zone = excluded.time_zone, updated_at = now()
            WHERE (u.locale, u.time_zone) IS DISTINCT FROM (excluded.locale, excluded.time_zone)
            """)

    private static func putUser(_ name: String, orUpdate update: String) -> Statement<Person> {
        Statement(
            name,
            """
            INSERT INTO users AS u (id, display_name, email, mattermost_username, locale, time_zone)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (id) DO UPDATE SET \(update)
            """)
    }

    static let replaceAddresses = Statement<String, [ChannelKind], [String]>(
        "replaceAddresses",
        """
        WITH gone AS (DELETE FROM user_addresses WHERE user_id = $1 AND channel <> ALL ($2::text[]))
        INSERT INTO user_addresses AS a (user_id, channel, address)
        SELECT $1, channel, address FROM unnest($2::text[], $3::text[]) AS new (channel, address)
        ON CONFLICT (user_id, channel) DO UPDATE SET address = excluded.address, updated_at = now()
            WHERE a.address <> excluded.address
        """)

    static let deleteUser = Statement<String>(
        "deleteUser", "UPDATE users SET deleted_at = now(), updated_at = now() WHERE id = $1 AND deleted_at IS NULL")

    static let departedPeople = Statement<[OpaqueID]>(
        "departedPeople",
        """
        SELECT id FROM users WHERE id = ANY ($1::text[]) AND deleted_at IS NOT NULL
        UNION
        SELECT name FROM erased_names WHERE name = ANY ($1::text[])
        """)

    static let casesAndUsers: [any AnyStatement] = [
        caseByReference, caseUnderLock, deleteCase, casesThatNameReaders, userByID, userUnderLock, replaceUser,
        putPlaceOfUser,
        replaceAddresses, deleteUser, departedPeople,
    ]
}

/// What other services say about a case.
public struct CaseDescription: Hashable, Sendable {
    /// Up to 500 characters.
    public var title: String?
    /// In the words of the service that owns it, up to 100 characters.
    public var status: String?
    /// Its deadline.
    public var deadline: Instant?
    /// Whether it is closed.
    public var isClosed = false
    /// Where people can look at it: http or https, up to 2,000 characters.
    public var url: String?
    /// Who may know all of that: users' ids, and `mailto:` with addresses in lower case, at most 1,000; nil where nobody is named.
    public var readers: [String]?

    /// A case about which nothing is said.
    public init() {}
}

extension CaseDescription: RowParameter {
    static let parameterColumns: [ParameterColumn<CaseDescription>] = [
        .init(\.title), .init(\.status), .init(\.deadline), .init(\.isClosed), .init(\.url),
    ]

    /// As if an event had come just now that says all of it: one that is on its way and older changes nothing.
    fileprivate func queryToReplace(_ about: CaseReference) -> Query {
        var said = SaidOfCase(about: about, at: nil, unlessChangedSince: .distantFuture)
        said.description = self
        said.fields = SaidOfCase.Field.allCases
        return SQL.putCase(said)
    }
}

/// A case as it stands in `cases`.
public struct StoredCase: Hashable, Sendable {
    /// Which case.
    public let about: CaseReference
    /// What was said about it.
    public let description: CaseDescription
    /// When it was closed.
    public let closedAt: Instant?
    /// The time of the newest event taken in; nil when none has been.
    public let changedAt: Instant?
    /// When it was first heard of.
    public let createdAt: Instant
    /// When it last changed here.
    public let updatedAt: Instant

    static let columns = """
        entity_type, id, title, status, deadline, closed_at, url, nullif(changed_at, '-infinity') AS changed_at,
            created_at, updated_at, deleted_at IS NOT NULL AS is_deleted, coalesce(readers, '{}') AS readers,
            readers IS NOT NULL AS names_readers
        """
}

/// A user as it stands in `users`.
public struct StoredUser: Hashable, Sendable {
    /// What was said about them.
    public let person: Person
    /// When they were first heard of.
    public let createdAt: Instant
    /// When anything about them last changed here.
    public let updatedAt: Instant

    static let columns = """
        id, display_name, email, mattermost_username, locale, time_zone, created_at, updated_at,
            deleted_at IS NOT NULL AS is_deleted, \(ChannelColumns.selectAddresses(of: "id")) AS addresses
        """
}

extension ReminderStore {
    /// Which of these people were deleted or are being erased. Of one who was erased nothing is known any more.
    public func departed(among people: [OpaqueID]) async throws -> Set<OpaqueID> {
        // No id of the database has a NUL in it.
        let people = people.filter { !$0.text.utf8.contains(0) }
        return Set(try await pool.query(SQL.departedPeople(people)).read { OpaqueID(try $0.text("id")) })
    }

    /// Which of these cases a user may know the content of.
    public func casesRead(
        by user: OpaqueID, among cases: Set<CaseReference>, _ reading: CaseReading
    ) async throws -> Set<CaseReference> {
        guard !cases.isEmpty else { return [] }
        var isNamed: [CaseReference: Bool] = [:]
        try await pool.query(SQL.casesThatNameReaders(Array(cases), user.text)).forEachRow { row in
            isNamed[try row.caseReference("entity_type", "id")] = try row.bool("is_named")
        }
        return cases.filter { reading.allows(isNamed: isNamed[$0]) }
    }

    /// A case; nil when it is not known, or was deleted.
    public func storedCase(_ about: CaseReference) async throws -> StoredCase? {
        try await pool.query(SQL.caseByReference(about))
            .readFirst(StoredCase.init(row:)) ?? nil
    }

    /// Says everything about a case anew, or announces it, whose status then is no change; the triggers of `cases` queue and plan what follows, in the same transaction.
    ///
    /// - Parameters:
    ///   - traceparent: the W3C trace that the occurrences it leads to carry on.
    ///   - check: gets the case as it is, nil when there is none; what it throws undoes everything.
    /// - Returns: the case, and whether it is new.
    public func replaceCase(
        _ about: CaseReference, with description: CaseDescription, traceparent: String?,
        _ check: @Sendable (StoredCase?) throws -> Void
    ) async throws -> (stored: StoredCase, isNew: Bool) {
        try await pool.transaction { transaction in
            let known =
                try await transaction.query(SQL.caseUnderLock(about))
                .readFirst(StoredCase.init(row:)) ?? nil
            try check(known)
            let rows = try await transaction.finish([
                SQL.contextOfChange(traceparent: traceparent, isAnnouncement: known == nil),
                description.queryToReplace(about),
                SQL.caseByReference(about),
            ])
            guard let stored = try rows[2].readOne(StoredCase.init(row:)) else { throw StoreError.noRow }
            return (stored, known == nil)
        }
    }

    /// Deletes a case softly: its reminders are not sent any more. One that is deleted already stays as it is.
    ///
    /// - Parameter check: gets the case as it is, nil when it was deleted; what it throws undoes everything.
    /// - Returns: false when there never was one.
    public func deleteCase(_ about: CaseReference, _ check: @Sendable (StoredCase?) throws -> Void) async throws -> Bool
    {
        try await pool.transaction { transaction in
            guard
                let known = try await transaction.query(SQL.caseUnderLock(about)).readFirst(
                    StoredCase.init(row:))
            else { return false }
            try check(known)
            try await transaction.finish([SQL.deleteCase(about)])
            return true
        }
    }

    /// A user; nil when they are not known, or were deleted.
    public func storedUser(_ id: String) async throws -> StoredUser? {
        try await pool.query(SQL.userByID(id)).readFirst(StoredUser.init(row:)) ?? nil
    }

    /// Says everything about a user anew, preferences aside.
    ///
    /// - Parameter check: gets the user as they are, nil when there is none; what it throws undoes everything.
    /// - Returns: the user, and whether they are new.
    public func replaceUser(
        with person: Person, _ check: @Sendable (StoredUser?) throws -> Void
    ) async throws -> (stored: StoredUser, isNew: Bool) {
        try await pool.transaction { transaction in
            let known =
                try await transaction.query(SQL.userUnderLock(person.id))
                .readFirst(StoredUser.init(row:)) ?? nil
            try check(known)
            let rows = try await transaction.finish(person.queries + [SQL.userByID(person.id)])
            guard let stored = try rows[rows.count - 1].readOne(StoredUser.init(row:)) else { throw StoreError.noRow }
            return (stored, known == nil)
        }
    }

    /// Deletes a user softly: they are not reminded any more. One who is deleted already stays as they are.
    ///
    /// - Parameter check: gets the user as they are, nil when they were deleted; what it throws undoes everything.
    /// - Returns: false when there never was one.
    public func deleteUser(_ id: String, _ check: @Sendable (StoredUser?) throws -> Void) async throws -> Bool {
        try await pool.transaction { transaction in
            guard let known = try await transaction.query(SQL.userUnderLock(id)).readFirst(StoredUser.init(row:))
            else { return false }
            try check(known)
            try await transaction.finish([SQL.deleteUser(id)])
            return true
        }
    }
}

extension StoredCase {
    /// - Returns: nil for a case that was deleted.
    fileprivate init?(row: inout RowReader) throws {
        if try row.bool("is_deleted") { return nil }
        about = try row.caseReference("entity_type", "id")
        var description = CaseDescription()
        description.title = try row.textOrNil("title")
        description.status = try row.textOrNil("status")
        description.deadline = try row.instantOrNil("deadline")
        closedAt = try row.instantOrNil("closed_at")
        description.isClosed = closedAt != nil
        description.url = try row.textOrNil("url")
        if try row.bool("names_readers") { description.readers = try row.textArray("readers") }
        self.description = description
        changedAt = try row.instantOrNil("changed_at")
        createdAt = try row.instant("created_at")
        updatedAt = try row.instant("updated_at")
    }
}

extension StoredUser {
    /// - Returns: nil for a user who was deleted.
    fileprivate init?(row: inout RowReader) throws {
        if try row.bool("is_deleted") { return nil }
        person = Person(
            id: try row.text("id"), name: try row.textOrNil("display_name"), email: try row.textOrNil("email"),
            mattermostName: try row.textOrNil("mattermost_username"), locale: try row.text("locale"),
            timeZone: try row.text("time_zone"), otherAddresses: try row.addresses("addresses"))
        createdAt = try row.instant("created_at")
        updatedAt = try row.instant("updated_at")
    }
}

/// `users` and `user_notification_preferences`.
extension SQL {
    static let timeZoneOfUser = Statement<String>("timeZoneOfUser", "SELECT time_zone FROM users WHERE id = $1")

    static let people: [any AnyStatement] = [timeZoneOfUser]
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
    /// Where else they can be reached, by channel: none of mail, Mattermost and the browser.
    public let otherAddresses: [ChannelKind: String]

    /// A person with these parts.
    public init(
        id: String, name: String?, email: String?, mattermostName: String?, locale: String, timeZone: String,
        otherAddresses: [ChannelKind: String] = [:]
    ) {
        self.id = id
        self.name = name
        self.email = email
        self.mattermostName = mattermostName
        self.locale = locale
        self.timeZone = timeZone
        self.otherAddresses = otherAddresses
    }

    fileprivate var queries: [Query] {
        let addresses = otherAddresses.sorted { $0.key < $1.key }
        return [
            SQL.replaceUser(self),
            SQL.replaceAddresses(id, addresses.map(\.key), addresses.map(\.value)),
        ]
    }
}

/// Its columns in `users`.
extension Person: RowParameter {
    static let parameterColumns: [ParameterColumn<Person>] = [
        .init(\.id), .init(\.name), .init(\.email), .init(\.mattermostName), .init(\.locale), .init(\.timeZone),
    ]
}

extension ReminderStore {
    /// Creates people, or changes them.
    public func putUsers(_ people: [Person]) async throws {
        _ = try await pool.pipeline(people.flatMap(\.queries))
    }

    /// Creates a case, or says everything about it anew.
    public func putCase(_ about: CaseReference, _ description: CaseDescription) async throws {
        _ = try await pool.query(description.queryToReplace(about))
    }

    /// The IANA time zone of a user; nil when there is no such user.
    public func timeZone(ofUser id: String) async throws -> String? {
        try await pool.query(SQL.timeZoneOfUser(id)).readFirst { try $0.text("time_zone") }
    }
}
