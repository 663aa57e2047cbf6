import RemindersDomain
import RemindersPostgres

/// `dead_letters`: messages that can never succeed.
extension SQL {
    static let rememberDeadLetters = Statement<String, [DeadLetter]>(
        "rememberDeadLetters",
        """
        INSERT INTO dead_letters (queue, reason, message_id, type, body, details, fingerprint)
        SELECT $1, reason, message_id, type, body, details, fingerprint
        FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[], $6::jsonb[], $7::bytea[])
            AS dead (reason, message_id, type, body, details, fingerprint)
        ON CONFLICT DO NOTHING
        """)

    static let deadLetters: [any AnyStatement] = [rememberDeadLetters]
}

/// A message that can never succeed.
public struct DeadLetter: Sendable {
    /// Why, naming the field and what would be right.
    public let reason: String
    /// Its `message_id` property.
    public let messageID: String?
    /// Its `type` property.
    public let type: String?
    /// Its body as it came.
    public let body: [UInt8]
    /// What else is needed to publish it again: `{"content_type": …, "headers": {…}}`, as JSON without U+0000.
    public let details: String?
    /// 32 bytes that are the same for the same message and differ for others: `Delivery.fingerprint`.
    public let fingerprint: [UInt8]

    /// A dead letter with these parts.
    public init(
        reason: String, messageID: String?, type: String?, body: [UInt8], details: String? = nil, fingerprint: [UInt8]
    ) {
        self.fingerprint = fingerprint
        self.reason = reason
        self.messageID = messageID
        self.type = type
        self.body = body
        self.details = details
    }
}

extension ReminderStore {
    /// Remembers messages of `queue` that can never succeed, each once.
    public func rememberDeadLetters(_ letters: [DeadLetter], queue: String) async throws {
        _ = try await pool.query(SQL.rememberDeadLetters(queue, letters))
    }
}

extension DeadLetter: RowParameter {
    static let parameterColumns: [ParameterColumn<DeadLetter>] = [
        .init(\.reason.storable), .init(\.messageID?.storable), .init(\.type?.storable), .init { Bytes($0.body) },
        .init { $0.details.map(JSONText.init) }, .init { Bytes($0.fingerprint) },
    ]
}

extension String {
    /// With U+FFFD for NUL, which PostgreSQL's text cannot hold: a message is not to be refused here once more because
    /// of what somebody wrote into its properties.
    var storable: String {
        utf8.contains(0) ? String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })) : self
    }
}

/// `dead_letters`, as an operator looks through them and settles them.
extension SQL {
    static let deadLetterList = Statement<Int64, Bool, String?, Int>(
        "deadLetterList",
        """
        SELECT id, queue, reason, message_id, type, created_at, settled_at, settled_how, octet_length(body) AS bytes
        FROM dead_letters
        WHERE id < $1 AND ($2 OR settled_at IS NULL) AND ($3::text IS NULL OR queue = $3)
        ORDER BY id DESC
        LIMIT $4
        """)

    private static let letterColumns = """
        id, queue, reason, message_id, type, created_at, settled_at, settled_how, octet_length(body) AS bytes, body,
            details ->> 'content_type' AS content_type,
            ARRAY(SELECT key FROM jsonb_each_text(details -> 'headers') ORDER BY key) AS header_names,
            ARRAY(SELECT value FROM jsonb_each_text(details -> 'headers') ORDER BY key) AS header_values
        """

    static let deadLetter = Statement<Int64>("deadLetter", "SELECT \(letterColumns) FROM dead_letters WHERE id = $1")

    static let deadLetterUnderLock = Statement<Int64>(
        "deadLetterUnderLock", "SELECT \(letterColumns) FROM dead_letters WHERE id = $1 FOR UPDATE")

    static let settleDeadLetter = Statement<Int64, DeadLetterSettlement>(
        "settleDeadLetter",
        "UPDATE dead_letters SET settled_at = clock_timestamp(), settled_how = $2 WHERE id = $1 RETURNING settled_at")

    static let deadLetterDesk: [any AnyStatement] = [deadLetterList, deadLetter, deadLetterUnderLock, settleDeadLetter]
}

/// A dead letter without its body.
public struct DeadLetterSummary: Sendable {
    /// Its number.
    public let id: Int64
    /// The queue it came from.
    public let queue: String
    /// Why it could not succeed.
    public let reason: String
    /// Its property `message_id`.
    public let messageID: String?
    /// Its property `type`.
    public let type: String?
    /// When it was laid down.
    public let createdAt: Instant
    /// When it was settled; nil while it was not.
    public internal(set) var settledAt: Instant?
    /// How it was settled.
    public internal(set) var settledHow: DeadLetterSettlement?
    /// The size of its body in bytes.
    public let bodySize: Int
}

/// What an operator did with a dead letter. The raw values are those of `dead_letters.settled_how`.
public enum DeadLetterSettlement: String, CaseIterable, Sendable {
    /// It went back to its queue.
    case retried
    /// It is of no more use.
    case discarded
}

/// A dead letter with all that is needed to publish it again.
public struct StoredDeadLetter: Sendable {
    /// All but the contents.
    public internal(set) var summary: DeadLetterSummary
    /// Its body as it came; empty for one that was too large to be taken in.
    public let body: [UInt8]
    /// Its property `content_type`.
    public let contentType: String?
    /// Its headers that are texts.
    public let headers: [(name: String, value: String)]
}

/// Which dead letters are asked for.
public struct DeadLetterFilter: Hashable, Sendable {
    /// Also those that were settled.
    public var includesSettled = false
    /// Of one queue.
    public var queue: String?
    /// Those with a lower id.
    public var before: Int64 = .max
    /// At most so many.
    public var limit = 50

    /// All that nobody has settled.
    public init() {}
}

extension ReminderStore {
    /// Dead letters, newest first.
    public func deadLetters(_ filter: DeadLetterFilter) async throws -> [DeadLetterSummary] {
        func query(before id: Int64) -> Query {
            SQL.deadLetterList(id, filter.includesSettled, filter.queue, filter.limit)
        }
        return try await page(
            of: "dead letters", limit: filter.limit, query(before: filter.before),
            next: { query(before: try $0.int64("id")) }, DeadLetterSummary.init(row:))
    }

    /// A dead letter; nil when there is none.
    public func deadLetter(_ id: Int64) async throws -> StoredDeadLetter? {
        try await pool.query(SQL.deadLetter(id)).readFirst(StoredDeadLetter.init(row:))
    }

    /// Settles a letter that is of no more use. Doing so again changes nothing.
    ///
    /// - Returns: the letter as it is then.
    /// - Throws: `DeadLetterRefusal` when there is none, or when it was retried.
    public func discardDeadLetter(_ id: Int64) async throws -> StoredDeadLetter {
        try await settleDeadLetter(id, as: .discarded, repeatable: true) { _ in }
    }

    /// Settles a letter that goes back to its queue.
    ///
    /// - Parameter publish: sends it there. What it throws leaves the letter as it was, and is thrown on.
    /// - Returns: the letter as it is then.
    /// - Throws: `DeadLetterRefusal` when there is none, or when it was settled.
    public func retryDeadLetter(
        _ id: Int64, by publish: @Sendable (StoredDeadLetter) async throws -> Void
    ) async throws -> StoredDeadLetter {
        try await settleDeadLetter(id, as: .retried, repeatable: false, after: publish)
    }

    /// The letter's row is locked meanwhile, so that two operators don't settle it at the same time. It is settled before
    /// `act`, in the same transaction: whoever refuses the message anew waits for the end of it, and then lays down a
    /// letter of its own. Settled after `act`, the letter of before would stand for both.
    private func settleDeadLetter(
        _ id: Int64, as settlement: DeadLetterSettlement, repeatable: Bool,
        after act: @Sendable (StoredDeadLetter) async throws -> Void
    ) async throws -> StoredDeadLetter {
        try await pool.transaction { transaction in
            let rows = try await transaction.query(SQL.deadLetterUnderLock(id))
            guard var letter = try rows.readFirst(StoredDeadLetter.init(row:)) else { throw DeadLetterRefusal.notFound }
            if let how = letter.summary.settledHow, let at = letter.summary.settledAt {
                guard repeatable, how == settlement else { throw DeadLetterRefusal.settled(how, at: at) }
                return letter
            }
            let unsettled = letter
            let settled = try await transaction.query(SQL.settleDeadLetter(id, settlement))
            letter.summary.settledAt = try settled.readOne { try $0.instant("settled_at") }
            letter.summary.settledHow = settlement
            try await act(unsettled)
            return letter
        }
    }
}

/// Why a dead letter can't be settled as an operator wants it.
public enum DeadLetterRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such letter.
    case notFound
    /// It was settled before.
    case settled(DeadLetterSettlement, at: Instant)
    /// Its delivery has ended, and one that has ended stays as it is.
    case deliveryEnded(DeliveryState)
    /// Its body was too large to be taken in: only the broker's copy has it.
    case withoutBody
    /// It is of a queue that is no longer there.
    case unknownQueue(String)
    /// The broker did not take it.
    case notPublished(reason: String)
    /// Everything is held: the database is another deployment's.
    case held(reason: String)

    /// One sentence for whoever wanted to settle it.
    public var description: String {
        switch self {
        case .notFound: "There is no such dead letter"
        case .settled(.retried, let at): "It was retried at \(at)"
        case .settled(.discarded, let at): "It was discarded at \(at)"
        case .deliveryEnded(let state):
            "Its delivery has ended as \(state.rawValue), and a delivery has one end: it cannot be sent again. "
                + "Add a new reminder, and discard this letter"
        case .withoutBody: "Its body was too large to be kept: only the copy in the queue of dead letters has it"
        case .unknownQueue(let queue): "\(queue) is none of our queues any more"
        case .held(let reason): "Everything is held: \(reason)"
        case .notPublished(let reason): "The broker did not take it (\(reason)); it is as it was"
        }
    }
}

extension DeadLetterSummary {
    fileprivate init(row: inout RowReader) throws {
        id = try row.int64("id")
        queue = try row.text("queue")
        reason = try row.text("reason")
        messageID = try row.textOrNil("message_id")
        type = try row.textOrNil("type")
        createdAt = try row.instant("created_at")
        settledAt = try row.instantOrNil("settled_at")
        settledHow = try row.valueOrNil("settled_how")
        bodySize = try row.int("bytes")
    }
}

extension StoredDeadLetter {
    fileprivate init(row: inout RowReader) throws {
        summary = try DeadLetterSummary(row: &row)
        body = try row.bytes("body")
        contentType = try row.textOrNil("content_type")
        headers = Array(zip(try row.textArray("header_names"), try row.textArray("header_values"))).map {
            (name: $0.0, value: $0.1)
        }
    }
}
