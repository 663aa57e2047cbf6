import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// What a recurrence means, before anybody keeps it: in words, and as its next times. A page that lets people choose asks
/// here, so that what it shows is what will happen.
struct RecurrenceRoutes: Sendable {
    let clocks: PeopleClocks

    func add(to router: some RouterMethods<APIContext>) {
        router.post("recurrence/preview", use: preview)
    }

    @Sendable private func preview(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        try request.requireNoQuery()
        guard let value = try await JSONBody.read(request, context).value else {
            throw Problem.badRequest("The request needs a body: a JSON object")
        }
        let (now, zone) = try await clocks.read(for: [identity.userID])
        return .json(.ok, try RecurrencePreview(value, zone: zone, now: now).json)
    }
}

/// A recurrence that somebody thinks about.
struct RecurrencePreview: Sendable {
    private let schedule: RecurrenceSchedule
    private let occurrences: [Occurrence]

    /// Reads the fields that a reminder has for it, by the same rules.
    ///
    /// - Parameter zone: where local times are read when the body does not say so.
    /// - Throws: `Problem` with every wrong field: 400 when there are unknown ones, else 422.
    init(_ value: JSONValue, zone: IANAZone, now: Instant) throws(Problem) {
        var fields = ObjectReader(value)
        let zone = fields.zone("time_zone") ?? zone
        let about = CaseReference(entityType: EntityType.case.rawValue, id: "")
        var definition = ReminderDefinition(about: about, title: "", timeZone: zone.identifier)
        definition.readSchedule(
            &fields, in: zone, on: ReminderDraft.Basis(about: about, recipient: nil, zone: zone, now: now))
        let count = fields.integer("count", in: 1...100) ?? 5
        let from = fields.time("from")
        try fields.check()
        guard let schedule = definition.schedule else { throw .invalid("scheduled_at", "is required") }

        self.schedule = schedule
        let begin = from.map { $0.instant(in: zone) - .microseconds(1) }
        occurrences = schedule.occurrences(
            after: begin ?? (definition.recurrence == .once ? .distantPast : now), limit: Int(count))
    }

    /// The answer.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.writeWords("words", of: schedule)
        writer.write("time_zone", schedule.zone.identifier)
        writer.writeItems(occurrences)
        writer.endObject()
        return writer.bytes
    }
}
