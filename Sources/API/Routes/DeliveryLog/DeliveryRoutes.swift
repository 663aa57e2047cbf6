import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersExplaining
import RemindersHTTPService
import RemindersStore
import RemindersTokens

/// `GET /deliveries`, `/deliveries/waiting` and `/deliveries/{delivery_id}`: a person's own; all for services and
/// operators. One that somebody caused they may look at in outline: see `Audience`.
struct DeliveryRoutes: Sendable {
    let store: ReminderStore
    let channels: ChannelRegistry
    let reading: CaseReadingChecks

    /// How far back what is under way is looked for, unless `from` says so: the three days that trying again takes.
    private static let reach = Duration.seconds(3 * 86_400)

    func add(to router: some RouterMethods<APIContext>) {
        let deliveries = router.group("deliveries")
        deliveries.get(use: list)
        deliveries.get("waiting", use: waiting)
        deliveries.get("{delivery_id}", use: show)
        deliveries.post("retry", use: retryMany)
        deliveries.post("{delivery_id}/retry", use: retry)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        var query = QueryReader(request)
        let page = query.page(of: "deliveries", columns: 2, context)
        var filter = FinalRecordFilter()
        filter.channels = channels
        filter.about = query.caseReference()
        filter.reminderID = query.integer("reminder_id", in: 1...Int64.max)
        filter.channel = query.channel("channel", among: channels)
        filter.outcome = query.choice("outcome", FinalOutcome.self)?.state
        filter.from = query.instant("from")
        filter.before = query.instant("to")
        filter.limit = page.wanted
        if let after = page.after {
            filter.after = RecordPosition(recordedAt: Instant(microseconds: after[0]), id: after[1])
        }
        let user = query.recipient("user")
        try query.check()
        guard let recipient = ReminderAccess(identity: identity).listedDeliveries(of: user) else {
            return JSONList(page).response(to: request, context)
        }
        filter.recipient = recipient.only

        let found = try await store.finalRecords(filter)
        let attempts = try await store.attempts(of: Array(found.prefix(page.limit)))
        let read = try await reading.read(by: identity, among: Set(found.compactMap(\.about)))
        var list = JSONList(page)
        list.add(found, position: { [$0.recordedAt.microseconds, $0.id] }) {
            $0.write(to: &$1, attempts: attempts[$0.id] ?? [], read)
        }
        return list.response(to: request, context)
    }

    @Sendable private func waiting(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        var query = QueryReader(request)
        let page = query.page(of: "waiting", columns: 4, context)
        let from = query.instant("from")
        var filter = WaitingFilter(from: .distantPast)
        filter.about = query.caseReference()
        filter.reminderID = query.integer("reminder_id", in: 1...Int64.max)
        filter.channel = query.channel("channel", among: channels)
        filter.limit = page.wanted
        filter.after = page.after.map(WaitingPosition.init(numbers:))
        let user = query.recipient("user")
        try query.check()
        guard let recipient = ReminderAccess(identity: identity).listedDeliveries(of: user) else {
            return JSONList(page).response(to: request, context)
        }
        filter.recipient = recipient.only
        if let from { filter.from = from } else { filter.from = try await store.now() - DeliveryRoutes.reach }

        var list = JSONList(page)
        list.add(try await store.overdue(filter), position: \.waitingPosition.numbers) { $0.write(to: &$1) }
        filter.limit = list.wanted
        if filter.limit > 0 {
            list.add(try await store.waiting(filter), position: \.waitingPosition.numbers) { $0.writeWaiting(to: &$1) }
        }
        return list.response(to: request, context)
    }

    @Sendable private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        try request.requireNoQuery()
        guard let id = DeliveryID(context.parameters.get("delivery_id") ?? ""),
            let (found, log) = try await store.ledgerEntry(id),
            let audience = ReminderAccess(identity: identity).audience(of: found)
        else { throw Problem.notFound("Delivery not found") }
        let mayReadCase = try await reading.mayRead(found.about, identity)
        let entry = audience.told(of: found, mayReadCase: mayReadCase)
        let steps = audience == .creator ? [] : log
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        entry.writeFields(to: &writer, isToldChannel: audience.isToldChannel(of: entry.recipient))
        writer.write("finished_at", orNull: entry.finishedAt)
        writer.write("attempts", audience == .creator ? [] : entry.allAttempts(steps))
        writer.write("steps", ExplainedStep.steps(inJSON: entry.decision))
        writer.beginArray("holds")
        for step in steps where step.kind == .held {
            writer.beginObject()
            writer.write("at", step.at)
            writer.write("reason", orNull: step.reason)
            writer.write("steps", ExplainedStep.steps(inJSON: step.details))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return .resource(.ok, writer.bytes, answering: request)
    }

    /// `POST /deliveries/{delivery_id}/retry`: asks again for one that ended without having been sent.
    @Sendable private func retry(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.require(.admin)
        try request.requireNoQuery()
        let body = try await JSONBody.read(request, context)
        var fields = body.objectOrEmpty()
        try fields.check()
        guard let id = DeliveryID(context.parameters.get("delivery_id") ?? ""),
            let (before, _) = try await store.ledgerEntry(id)
        else { throw Problem.notFound("Delivery not found") }
        return try await Idempotency(store: store).answer(request, body, identity) {
            guard try await store.askAgain(for: [id], by: identity.userID.text)[id] != nil,
                let (entry, _) = try await store.ledgerEntry(id)
            else { throw Problem.conflict(before.reasonAgainstRetry) }
            var writer = JSONWriter(capacity: 1_024)
            writer.beginObject()
            entry.writeWaiting(to: &writer)
            writer.endObject()
            return KeptAnswer(status: 200, body: writer.bytes)
        }
    }

    /// `POST /deliveries/retry`: asks again for all that ended so since then, the newest first, so many at a time.
    @Sendable private func retryMany(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.require(.admin)
        try request.requireNoQuery()
        let body = try await JSONBody.read(request, context)
        var fields = try body.object()
        let outcomes = fields.elements("outcomes", upTo: 3, required: true) { fields, place, value in
            guard let state = value.text.flatMap(DeliveryState.init(rawValue:)), state.canBeAskedForAgain else {
                let all = DeliveryState.askedForAgain.map(\.rawValue).joined(separator: ", ")
                return fields.wrong(place, "must be one of \(all)") as DeliveryState?
            }
            return state
        }
        if outcomes?.isEmpty == true { fields.note("outcomes", "must name at least one") }
        let since = fields.instant("since", required: true)
        let before = fields.instant("before")
        let channel = fields.channel("channel", among: channels)
        let limit = fields.integer("limit", in: 1...1_000) ?? 500
        let isDryRun = fields.boolean("dry_run") ?? false
        try fields.check()
        var filter = EndedFilter(outcomes: outcomes ?? [], since: since ?? .distantFuture)
        filter.before = before
        filter.channel = channel
        filter.channels = channels
        filter.limit = Int(limit)
        return try await Idempotency(store: store).answer(request, body, identity) { [filter] in
            let found = try await store.endedDeliveries(filter)
            let asked = isDryRun ? [:] : try await store.askAgain(for: found.map(\.id), by: identity.userID.text)
            var writer = JSONWriter(capacity: 256)
            writer.beginObject()
            writer.write("found", Int64(found.count))
            writer.write("asked_again", Int64(asked.count))
            writer.write("more", found.count == filter.limit)
            writer.endObject()
            return KeptAnswer(status: 200, body: writer.bytes)
        }
    }
}

extension LedgerEntry {
    fileprivate var reasonAgainstRetry: String {
        state.canBeAskedForAgain
            ? "its occurrence is no longer there, or it was asked for again at this moment"
            : "it is \(state.rawValue); only what ended dead, rejected or unknown can be asked for again"
    }
}

/// The states in which a delivery ends.
struct FinalOutcome: RawRepresentable, CaseIterable {
    static let allCases = DeliveryState.allCases.filter(\.isFinal).map(FinalOutcome.init(state:))

    /// The state of the ledger.
    let state: DeliveryState
    var rawValue: String { state.rawValue }

    private init(state: DeliveryState) { self.state = state }

    init?(rawValue: String) {
        guard let state = DeliveryState(rawValue: rawValue), state.isFinal else { return nil }
        self.init(state: state)
    }
}

extension QueryReader {
    /// `case_id`, with the `entity_type` it is the id of.
    mutating func caseReference() -> CaseReference? {
        let type = choice("entity_type", EntityType.self)
        guard let id = identifier("case_id") else {
            if type != nil { note("entity_type", "goes with case_id") }
            return nil
        }
        return CaseReference(entityType: (type ?? .case).rawValue, id: id.text)
    }
}

extension WaitingPosition {
    fileprivate init(numbers: [Int64]) {
        let id = DeliveryID(high: UInt64(bitPattern: numbers[2]), low: UInt64(bitPattern: numbers[3]))
        let at = Instant(microseconds: numbers[1])
        switch numbers[0] {
        case 0: self = .underWay(id)
        case 1: self = .held(releaseAt: at, id)
        default: self = .overdue(dueAt: at, id: numbers[2], place: numbers[3])
        }
    }

    fileprivate var numbers: [Int64] {
        switch self {
        case .underWay(let id): [0, 0, Int64(bitPattern: id.high), Int64(bitPattern: id.low)]
        case .overdue(let at, let id, let place): [2, at.microseconds, id, place]
        case .held(let at, let id): [1, at.microseconds, Int64(bitPattern: id.high), Int64(bitPattern: id.low)]
        }
    }
}
