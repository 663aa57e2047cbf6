import RemindersDomain
import RemindersPostgres

/// `idempotency_keys`: answers that may have to be given a second time.
extension SQL {
    /// The one INSERT of the table, up to where its columns come from.
    private static let insertKeys =
        "INSERT INTO idempotency_keys AS k (user_id, route, key, body_hash, status, location, etag, response)"

    // Takes a new key, and one that is free again.
    static let claimIdempotencyKey = Statement<IdempotencyKey>(
        "claimIdempotencyKey",
        """
        \(insertKeys) VALUES ($1, $2, $3, $4, NULL, NULL, NULL, NULL)
        ON CONFLICT (user_id, route, key) DO UPDATE
            SET body_hash = excluded.body_hash, status = NULL, location = NULL, etag = NULL, response = NULL,
                created_at = now()
            WHERE \(isFree)
        RETURNING true
        """)

    static let answerOfIdempotencyKey = Statement<IdempotencyKey>(
        "answerOfIdempotencyKey",
        """
        SELECT body_hash = $4 AS is_same, status, location, etag, response FROM idempotency_keys
        WHERE user_id = $1 AND route = $2 AND key = $3 AND created_at >= now() - interval '24 hours'
        """)

    // In one order, so that two transactions that keep the same keys never wait for each other.
    static let keepNewAnswers = Statement<[NewKeptAnswer]>(
        "keepNewAnswers",
        """
        \(insertKeys)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::smallint[], $6::text[], $7::text[], $8::bytea[])
            AS new (user_id, route, key, body_hash, status, location, etag, response)
        ORDER BY user_id, route, key
        """)

    // By a subquery for each key: a join would be planned while the table is empty, and read all of it ever after.
    static let answersOfIdempotencyKeys = Statement<[IdempotencyKey]>(
        "answersOfIdempotencyKeys",
        """
        SELECT wanted.place, k.body_hash = wanted.body_hash AS is_same, k.status, k.location, k.etag, k.response, k.is_free
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) WITH ORDINALITY
            AS wanted (user_id, route, key, body_hash, place)
        CROSS JOIN LATERAL (
            SELECT k.*, coalesce(\(isFree), false) AS is_free FROM idempotency_keys k
            WHERE k.user_id = wanted.user_id AND k.route = wanted.route AND k.key = wanted.key OFFSET 0) k
        """)

    static let forgetIdempotencyKeyIfFree = Statement<String, String, String>(
        "forgetIdempotencyKeyIfFree",
        "DELETE FROM idempotency_keys k WHERE k.user_id = $1 AND k.route = $2 AND k.key = $3 AND \(isFree)")

    /// What counts as free: what is older than a day, and what was given up a minute ago.
    private static let isFree = """
        (k.created_at < now() - interval '24 hours'
            OR k.status IS NULL AND k.created_at < now() - interval '1 minute')
        """

    static let keepAnswer = Statement<String, String, String, KeptAnswer>(
        "keepAnswer",
        """
        UPDATE idempotency_keys SET status = $4, location = $5, etag = $6, response = $7
        WHERE user_id = $1 AND route = $2 AND key = $3
        """)

    static let giveUpIdempotencyKey = Statement<String, String, String>(
        "giveUpIdempotencyKey",
        "DELETE FROM idempotency_keys WHERE user_id = $1 AND route = $2 AND key = $3 AND status IS NULL")

    static let idempotency: [any AnyStatement] = [
        claimIdempotencyKey, answerOfIdempotencyKey, keepAnswer, giveUpIdempotencyKey, keepNewAnswers,
        answersOfIdempotencyKeys, forgetIdempotencyKeyIfFree,
    ]
}

/// The name a client gave to one request, so that sending it again does nothing twice.
public struct IdempotencyKey: Hashable, Sendable {
    /// Whose it is: the same key of another person is another key.
    public let userID: String
    /// The path of the request: the same key there is another key.
    public let route: String
    /// 1 to 255 bytes.
    public let key: String
    /// SHA-256 of the body, 32 bytes.
    public let bodyHash: [UInt8]

    /// A key with these parts.
    public init(userID: String, route: String, key: String, bodyHash: [UInt8]) {
        self.userID = userID
        self.route = route
        self.key = key
        self.bodyHash = bodyHash
    }

    /// Tells keys apart, byte by byte.
    var order: String { "\(userID)\u{0}\(route)\u{0}\(key)" }
}

/// An answer that is kept to be given again.
public struct KeptAnswer: Hashable, Sendable {
    /// The HTTP status, 200 to 299.
    public let status: Int
    /// The `Location` header, if there was one.
    public let location: String?
    /// The `ETag` header, if there was one.
    public let tag: String?
    /// The body.
    public let body: [UInt8]

    /// An answer with these parts.
    public init(status: Int, location: String? = nil, tag: String? = nil, body: [UInt8]) {
        self.status = status
        self.location = location
        self.tag = tag
        self.body = body
    }
}

/// What is known of a key.
public enum IdempotencyClaim: Hashable, Sendable {
    /// It was free and is the caller's now.
    case claimed
    /// The same request was answered like this.
    case answered(KeptAnswer)
    /// The same request is being worked on.
    case inProgress
    /// It was used for a request with another body.
    case usedForAnother
}

extension ReminderStore {
    /// Takes a key, which ends with `keep` or `giveUp`: one that was left by a process that died is free after a minute.
    public func claim(_ key: IdempotencyKey) async throws -> IdempotencyClaim {
        if try await pool.query(SQL.claimIdempotencyKey(key)).isEmpty == false { return .claimed }
        // Purged or given up in between: whoever comes next will get it.
        return try await claimed(key) ?? .inProgress
    }

    /// What is known of a key, without taking it; nil when it is free.
    public func claimed(_ key: IdempotencyKey) async throws -> IdempotencyClaim? {
        try await pool.query(SQL.answerOfIdempotencyKey(key)).readFirst(IdempotencyClaim.init(row:))
    }

    /// Keeps the answer to the request of a claimed key.
    public func keep(_ answer: KeptAnswer, of key: IdempotencyKey) async throws {
        _ = try await pool.query(SQL.keepAnswer(key.userID, key.route, key.key, answer))
    }

    /// Makes a claimed key free again: its request changed nothing.
    public func giveUp(_ key: IdempotencyKey) async throws {
        _ = try await pool.query(SQL.giveUpIdempotencyKey(key.userID, key.route, key.key))
    }
}

extension IdempotencyKey: RowParameter {
    static let parameterColumns: [ParameterColumn<IdempotencyKey>] = [
        .init(\.userID), .init(\.route), .init(\.key), .init { Bytes($0.bodyHash) },
    ]
}

extension KeptAnswer: RowParameter {
    static let parameterColumns: [ParameterColumn<KeptAnswer>] = [
        .init { Int16($0.status) }, .init(\.location), .init(\.tag), .init { Bytes($0.body) },
    ]
}

/// An answer with its key, which nobody has claimed before.
struct NewKeptAnswer: RowParameter {
    let key: IdempotencyKey
    let answer: KeptAnswer

    static let parameterColumns: [ParameterColumn<NewKeptAnswer>] = [
        .init(\.key.userID), .init(\.key.route), .init(\.key.key), .init { Bytes($0.key.bodyHash) },
        .init { Int16($0.answer.status) }, .init(\.answer.location), .init(\.answer.tag),
        .init { Bytes($0.answer.body) },
    ]
}

extension IdempotencyClaim {
    /// - Parameter row: of `answerOfIdempotencyKey`.
    init(row: inout RowReader) throws {
        guard try row.bool("is_same") else {
            self = .usedForAnother
            return
        }
        guard let status = try row.int32OrNil("status") else {
            self = .inProgress
            return
        }
        self = .answered(
            KeptAnswer(
                status: Int(status), location: try row.textOrNil("location"), tag: try row.textOrNil("etag"),
                body: try row.bytesOrNil("response") ?? []))
    }
}
