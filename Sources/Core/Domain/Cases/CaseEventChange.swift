/// What an event from another service says about a case.
public struct CaseEventChange: Hashable, Sendable {
    /// What happened, the last part of the event's type.
    public enum Kind: String, CaseIterable, Sendable {
        /// The case is new.
        case created
        /// Something about it changed.
        case changed
        /// Its status changed.
        case statusChanged = "status_changed"
        /// Its deadline changed.
        case deadlineChanged = "deadline_changed"
        /// It was closed.
        case closed
        /// It was deleted.
        case deleted
    }

    /// Which case.
    public var reference: CaseReference
    /// What happened.
    public var kind: Kind
    /// When it happened; when it came in, if the event doesn't say.
    public var time: Instant
    /// The new title; nil leaves it.
    public var title: String?
    /// The new status; nil leaves it.
    public var status: String?
    /// The new deadline.
    public var deadline: FieldChange<Instant>
    /// Whether it is closed; nil leaves it, but for the kind `closed`.
    public var isClosed: Bool?
    /// The new address; nil leaves it.
    public var url: String?

    /// An event with all its parts.
    public init(
        reference: CaseReference, kind: Kind, time: Instant, title: String? = nil, status: String? = nil,
        deadline: FieldChange<Instant> = .unchanged, isClosed: Bool? = nil, url: String? = nil
    ) {
        self.reference = reference
        self.kind = kind
        self.time = time
        self.title = title
        self.status = status
        self.deadline = deadline
        self.isClosed = isClosed
        self.url = url
    }

    /// What an event did to what was known.
    public enum Merge: Hashable, Sendable {
        /// Nothing: something newer is known. The case as it stays.
        case stale(CaseRecord)
        /// Nothing new but the time. The case as it is to be stored.
        case repeated(CaseRecord)
        /// Something changed. The case as it is to be stored.
        case changed(CaseRecord)

        /// The case after the event.
        public var record: CaseRecord {
            switch self {
            case .stale(let record), .repeated(let record), .changed(let record): record
            }
        }
    }

    /// Puts the event into what is known.
    ///
    /// The newer event wins as a whole: an older one that comes late changes nothing, not even a field about which
    /// the newer one said nothing. Of two events of one time the later to come in wins, since some services tell time
    /// in whole seconds. A case that was deleted comes back only by `created`.
    ///
    /// - Parameter known: the case of the same reference, if there is one.
    public func merged(into known: CaseRecord?) -> Merge {
        guard let known else {
            var record = CaseRecord(reference: reference, changedAt: time)
            apply(to: &record)
            return .changed(record)
        }
        guard time >= known.changedAt else { return .stale(known) }
        var record = known
        record.changedAt = time
        let before = record
        apply(to: &record)
        return record == before ? .repeated(record) : .changed(record)
    }

    private func apply(to record: inout CaseRecord) {
        record.title = title ?? record.title
        record.status = status ?? record.status
        record.url = url ?? record.url
        record.deadline = deadline.applied(to: record.deadline)
        record.isClosed = isClosed ?? (kind == .closed ? true : record.isClosed)
        if kind == .deleted { record.isDeleted = true }
        if kind == .created { record.isDeleted = false }
    }
}

/// What an event says about a field that can be empty.
public enum FieldChange<Value: Hashable & Sendable>: Hashable, Sendable {
    /// Nothing: the field was absent.
    case unchanged
    /// It has this value now.
    case set(Value)
    /// It is empty now: the field was null.
    case removed

    func applied(to old: Value?) -> Value? {
        switch self {
        case .unchanged: old
        case .set(let value): value
        case .removed: nil
        }
    }
}
