import Hummingbird
import RemindersDomain
import RemindersGround
import RemindersHTTPService
import RemindersStore

/// Lets nobody write any more who was deleted or is being erased: their tokens outlive them. They may still read.
///
/// Requests that come at once are answered by one query.
struct LivingPeople: RouterMiddleware {
    private let batches: Batches<OpaqueID, Bool>

    init(store: ReminderStore) {
        batches = Batches(size: 200, atATime: 2) { people in
            do {
                let gone = try await store.departed(among: Array(Set(people)))
                return people.map { .success(gone.contains($0)) }
            } catch {
                return people.map { _ in .failure(error) }
            }
        }
    }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        if !Self.reads.contains(request.method), let userID = context.identity?.userID,
            try await batches.answer(to: userID)
        {
            throw Problem(.forbidden, detail: "The person of this token was deleted, and may no longer change anything")
        }
        return try await next(request, context)
    }

    private static let reads: Set<HTTPRequest.Method> = [.get, .head, .options, .trace]
}
