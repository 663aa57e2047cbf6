import RemindersDomain
import RemindersGround
import RemindersPostgres

/// `cases` and `case_events`: what other services tell us.
extension SQL {
    static let clockOfEvents = PlainStatement(
        "clockOfEvents", "SELECT clock_timestamp() AS now, latest_moment() AS latest")

    // An event is stale by what is known of its case when its turn comes: what is in front of it in the batch counts too.
    static let rememberCaseEvents = Statement<[CaseChange.Event]>(
        "rememberCaseEvents",
        """
        INSERT INTO case_events (source, event_id, type, entity_type, case_id, outcome, event_time)
        SELECT e.source, e.event_id, e.type, e.entity_type, e.case_id,
            CASE WHEN e.event_time < greatest(c.changed_at, max(e.event_time) OVER (
                    PARTITION BY e.entity_type, e.case_id ORDER BY e.place
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
                THEN 'stale' ELSE 'applied' END,
            e.event_time
        FROM (
            SELECT DISTINCT ON (source, event_id) *
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) WITH ORDINALITY
                AS new (source, event_id, type, entity_type, case_id, event_time, place)
            ORDER BY source, event_id, place) e
        LEFT JOIN cases c ON c.entity_type = e.entity_type AND c.id = e.case_id
        ON CONFLICT DO NOTHING
        RETURNING source, event_id, outcome
        """)

    // Whether it is written, `put_case` decides.
    static let putCase = Statement<SaidOfCase>(
        "putCase",
        """
        SELECT put_case(about, $9::text[], $10::timestamptz)
        FROM (SELECT coalesce($8::timestamptz, clock_timestamp()) AS at) said,
            jsonb_populate_record(NULL::cases, jsonb_build_object('entity_type', $1::text, 'id', $2::text,
                'title', $3::text, 'status', $4::text, 'deadline', $5::timestamptz,
                'closed_at', CASE WHEN $6::boolean THEN at END, 'url', $7::text, 'changed_at', at,
                'deleted_at', CASE WHEN $11::boolean THEN at END,
                'readers', CASE WHEN $13::boolean THEN to_jsonb($12::text[]) END)) about
        """)

    // What changes a case nobody had heard of changes one of which nothing is known: so the triggers see a change, and
    // the same event means the same whatever was known before.
    static let introduceCases = Statement<[CaseReference]>(
        "introduceCases",
        """
        SELECT put_case(about, said => '{}', unless_changed_since => NULL)
        FROM (SELECT DISTINCT entity_type, id FROM unnest($1::text[], $2::text[]) AS new (entity_type, id)
              ORDER BY 1, 2) new,
            jsonb_populate_record(NULL::cases, to_jsonb(new)) about
        """)

    /// For the rest of the transaction: the trace that occurrences carry on, and whether what is said of a case announces
    /// it, so that its status is no news.
    static let setContextOfChange = Statement<String, Bool>(
        "setContextOfChange",
        """
        SELECT set_config('reminders.traceparent', $1, true),
            set_config('reminders.announcing', CASE WHEN $2 THEN 'on' ELSE 'off' END, true)
        """)

    static func contextOfChange(traceparent: String?, isAnnouncement: Bool) -> Query {
        setContextOfChange(traceparent ?? "", isAnnouncement)
    }

    static let goOnWithCases = PlainStatement("goOnWithCases", "SELECT go_on_with_cases() AS was_any")

    static let cases: [any AnyStatement] = [
        clockOfEvents, setContextOfChange, rememberCaseEvents, introduceCases, putCase, goOnWithCases,
    ]
}

/// What one event says about a case. What is nil or unchanged stays as it is.
public struct CaseChange: Sendable {
    /// Who published it: with `eventID` the event's name for ever.
    public var source: String
    /// Unique within the source.
    public var eventID: String
    /// The event's type.
    public var type: String
    /// Which case.
    public var about: CaseReference
    /// When it happened; nil: when it was taken in.
    public var time: Instant?
    /// The title, if the event has one.
    public var title: String?
    /// The status, if the event has one.
    public var status: String?
    /// What the event says about the deadline.
    public var deadline = Deadline.unchanged
    /// Whether the case is closed, if the event says so.
    public var isClosed: Bool?
    /// Where it can be looked at, if the event says so.
    public var url: String?
    /// What the event says about who may know what it says.
    public var readers = Readers.unchanged
    /// The case is gone.
    public var isDeleted = false
    /// The case is new: its status is where it begins and no change, so nobody is told of it.
    public var isAnnouncement = false
    /// The W3C trace it belongs to; the occurrences it leads to carry it on.
    public var traceparent: String?

    /// What an event says about a deadline.
    public enum Deadline: Sendable {
        /// Nothing.
        case unchanged
        /// There is none any more.
        case removed
        /// It is then.
        case at(Instant)
    }

    /// What an event says about the readers of a case.
    public enum Readers: Hashable, Sendable {
        /// Nothing.
        case unchanged
        /// Nobody names them any more.
        case unnamed
        /// They are these: users' ids, and `mailto:` with addresses.
        case named([String])
    }

    /// An event of `source` about `about` that changes nothing yet.
    public init(source: String, eventID: String, type: String, about: CaseReference, time: Instant?) {
        self.source = source
        self.eventID = eventID
        self.type = type
        self.about = about
        self.time = time
    }
}

extension ReminderStore {
    /// Takes in case events, each once however often it comes, and changes the cases in the same transaction; the
    /// triggers of `cases` queue the reminders that follow.
    ///
    /// - Returns: how many were new, and how many of those were older than what is known of their case.
    /// - Throws: `EventAheadOfClock` when one is said to have happened too far in the future: none is taken in then.
    public func takeIn(_ changes: [CaseChange]) async throws -> (new: Int, stale: Int) {
        try await pool.transaction { transaction in
            let (now, latest) = try await transaction.query(SQL.clockOfEvents()).readOne {
                (try $0.instant("now"), try $0.instant("latest"))
            }
            if let time = changes.lazy.compactMap(\.time).first(where: { $0 > latest }) {
                throw EventAheadOfClock(time: time, now: now, latest: latest)
            }
            let seen = try await transaction.query(
                SQL.rememberCaseEvents(changes.map { CaseChange.Event(change: $0, time: $0.time ?? now) }))
            var fresh: Set<[OpaqueID]> = []
            var stale = 0
            try seen.forEachRow { row in
                fresh.insert([OpaqueID(try row.text("source")), OpaqueID(try row.text("event_id"))])
                if try row.text("outcome") == "stale" { stale += 1 }
            }
            // The first of a pair within one batch counts.
            let new = changes.filter { fresh.remove([OpaqueID($0.source), OpaqueID($0.eventID)]) != nil }
            let changed = new.filter { !$0.isAnnouncement }.map(\.about)
            let introductions = changed.isEmpty ? [] : [SQL.introduceCases(changed)]
            _ = try await transaction.finish(
                introductions
                    + new.flatMap { change in
                        [
                            SQL.contextOfChange(
                                traceparent: change.traceparent, isAnnouncement: change.isAnnouncement),
                            SQL.putCase(change.said(now: now)),
                        ]
                    })
            return (new.count, stale)
        }
    }
}

/// An event is said to have happened too far ahead of the database's clock. Were it taken in, each event that follows
/// would be older than what is known of the case.
public struct EventAheadOfClock: Error, Hashable, Sendable, CustomStringConvertible, ClassifiedFailure {
    /// When it is said to have happened.
    public let time: Instant
    /// The database's clock when it was to be taken in.
    public let now: Instant
    /// The latest that was taken: the function `latest_moment` of the database.
    public let latest: Instant

    /// Where it comes from it is wrong for good; sent again once its time has come it would be taken.
    public var kind: FailureKind { .final }

    /// What is wrong with which attribute, and how to mend it.
    public var description: String {
        let minutes = (latest - now).wholeMilliseconds / 60_000
        return
            "case event: /time is \(time), and it was \(now): expected the moment when it happened, at most \(minutes) "
            + "minutes ahead of the database's clock; set the publisher's clock and give times with their offset from UTC"
    }
}

extension CaseChange {
    /// What the event says, for `case_events`.
    struct Event: RowParameter {
        let change: CaseChange
        let time: Instant

        static let parameterColumns: [ParameterColumn<Event>] = [
            .init(\.change.source), .init(\.change.eventID), .init(\.change.type), .init(\.change.about), .init(\.time),
        ]
    }

    /// What it says of the case, at its time or now.
    fileprivate func said(now: Instant) -> SaidOfCase {
        let time = time ?? now
        var said = SaidOfCase(about: about, at: time, unlessChangedSince: time)
        said.isDeleted = isDeleted
        said.description.title = title
        said.description.status = status
        said.description.isClosed = isClosed ?? false
        said.description.url = url
        if case .at(let instant) = deadline { said.description.deadline = instant }
        if title != nil { said.fields.append(.title) }
        if status != nil { said.fields.append(.status) }
        if case .unchanged = deadline {} else { said.fields.append(.deadline) }
        if isClosed != nil { said.fields.append(.closed) }
        if url != nil { said.fields.append(.url) }
        if case .named(let readers) = readers { said.description.readers = readers }
        if readers != .unchanged { said.fields.append(.readers) }
        return said
    }
}

/// What is said of a case, by whomever: written by `putCase`.
struct SaidOfCase: GroupParameter {
    /// What can be said, in the words of `put_case`.
    enum Field: String, CaseIterable, WordParameter {
        case title, status, deadline, closed, url, readers
    }

    let about: CaseReference
    /// When it was said; nil: now.
    let at: Instant?
    /// A case that has changed later is left as it is.
    let unlessChangedSince: Instant
    var description = CaseDescription()
    /// What of the description was said; the rest stays as it is.
    var fields: [Field] = []
    var isDeleted = false

    static let parameterFields: [ParameterField<SaidOfCase>] = [
        .init(\.about), .init(\.description), .init(\.at), .init(\.fields), .init(\.unlessChangedSince),
        .init(\.isDeleted), .init { $0.description.readers ?? [] }, .init { $0.description.readers != nil },
    ]
}

extension ReminderStore {
    /// Does the next slice of what is left to do about cases with very many reminders.
    ///
    /// - Returns: whether there was any.
    public func goOnWithCases() async throws -> Bool {
        try await pool.query(SQL.goOnWithCases()).readOne { try $0.bool("was_any") }
    }
}
