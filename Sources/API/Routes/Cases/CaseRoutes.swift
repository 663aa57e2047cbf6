import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// `GET`, `PUT` and `DELETE /cases/{entity_type}/{id}`: for services that would rather call than publish, and operators.
///
/// What is said here counts as an event of this moment: the same triggers fire, and older events change nothing.
struct CaseRoutes: ServiceResource {
    static let path: RouterPath = "cases/{entity_type}/{id}"
    static let notFound = Problem.notFound("Case not found")

    let store: ReminderStore

    func find(_ context: APIContext) async throws -> StoredCase? {
        try await store.storedCase(try context.caseReference())
    }

    func replace(
        _ request: Request, _ context: APIContext, _ check: @escaping @Sendable (StoredCase?) throws -> Void
    ) async throws -> (stored: StoredCase, isNew: Bool) {
        let about = try context.caseReference()
        var fields = try await JSONBody.read(request, context).object()
        fields.refuse(["entity_type", "id", "closed_at", "changed_at", "created_at", "updated_at"])
        var description = CaseDescription()
        description.title = fields.text("title", upTo: Limits.title, isOneLine: true)
        fields.checkIsVisible("title", description.title)
        description.status = fields.text("status", upTo: Limits.status, isOneLine: true)
        description.deadline = fields.instant("deadline")
        description.isClosed = fields.boolean("is_closed") ?? false
        description.url = fields.webLink("url")
        description.readers = fields.readers("readers")
        try fields.check()
        let trace = request.headers[.traceparent].flatMap { TraceContext(traceparent: $0)?.traceparent }
        return try await store.replaceCase(about, with: description, traceparent: trace, check)
    }

    func delete(_ context: APIContext, _ check: @escaping @Sendable (StoredCase?) throws -> Void) async throws -> Bool {
        try await store.deleteCase(try context.caseReference(), check)
    }
}

extension ObjectReader {
    /// Notes a title that has something in it, and nothing that can be seen.
    mutating func checkIsVisible(_ name: String, _ title: String?) {
        guard let title, !title.isEmpty, VisibleText.isInvisible(title) else { return }
        note(name, "must not be blank, nor only of characters that cannot be seen")
    }
}

extension ObjectReader {
    /// Who may know what a case says: users' ids, and `mailto:` with addresses, which are compared in lower case.
    mutating func readers(_ name: String) -> [String]? {
        identifiers(name, upTo: Limits.caseReaders)?.map { CaseReading.reader($0.text) }
    }
}

extension APIContext {
    /// The case that the path names.
    ///
    /// - Throws: `Problem`, 404 for a kind of thing that does not exist, 422 for what is no id.
    fileprivate func caseReference() throws(Problem) -> CaseReference {
        let name = try? identifier("entity_type").text
        guard let type = name.flatMap(EntityType.init(rawValue:)) else { throw CaseRoutes.notFound }
        return CaseReference(entityType: type.rawValue, id: try identifier("id").text)
    }
}

extension StoredCase: ServiceRepresentation {
    /// The case as the API shows it.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.write("entity_type", about.entityType)
        writer.write("id", about.id)
        writer.write("title", orNull: description.title)
        writer.write("status", orNull: description.status)
        writer.write("deadline", orNull: description.deadline)
        writer.write("is_closed", description.isClosed)
        writer.write("closed_at", orNull: closedAt)
        writer.write("url", orNull: description.url)
        if let readers = description.readers {
            writer.write("readers", readers)
        } else {
            writer.writeNull("readers")
        }
        writer.write("changed_at", orNull: changedAt)
        writer.write("created_at", createdAt)
        writer.write("updated_at", updatedAt)
        writer.endObject()
        return writer.bytes
    }
}

extension HeaderName {
    fileprivate static let traceparent = HeaderName(TraceContext.header).unsafelyUnwrapped
}
