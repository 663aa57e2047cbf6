import Hummingbird
import RemindersGround
import RemindersHTTPService
import RemindersStore

/// Turns what the database does not do into an answer: 503 where the same may succeed later, 422 where it does not
/// take a value. Everything else is thrown on.
struct StoreFailureMiddleware: RouterMiddleware {
    /// Writing what requests ask for: in trouble for a while after one failed.
    let writing: Duty

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        // What only reads says nothing about a disk that is full.
        let writes = request.method != .get && request.method != .head
        do {
            let response = try await next(request, context)
            if writes { writing.succeeded() }
            return response
        } catch {
            guard let problem = Problem(storeFailure: error) else { throw error }
            context.logger.warning("the database refused or did not answer", metadata: ["error": "\(error)"])
            if writes, StoreFailure(error) == .unavailable { _ = writing.failed(error) }
            throw problem
        }
    }
}

extension Problem {
    /// What a failure of the database means for the client; nil for what is no fault of the request or the moment.
    init?(storeFailure error: any Error) {
        switch StoreFailure(error) {
        case .unavailable: self = .unavailable("The database does not answer at the moment")
        case .refused(let constraint, let column):
            self = .invalid(Problem.pointer(constraint: constraint, column: column), "is not possible here")
        case .unexpected, nil: return nil
        }
    }

    /// `sag_reminders_title_check` is about the field `title`, `sag_reminders_time_zone_is_known` about `time_zone`.
    private static func pointer(constraint: String?, column: String?) -> String {
        if let column { return "/\(column)" }
        switch constraint {
        case "sag_reminders_have_a_recipient": return "/recipient_user_ids"
        case "sag_reminders_rrule_goes_with_its_type": return "/rrule"
        case "sag_reminders_time_based_have_a_time": return "/scheduled_at"
        case let name?:
            var field = name[...]
            for table in ["user_notification_preferences_", "sag_reminders_", "users_", "cases_"]
            where field.hasPrefix(table) {
                field = field.dropFirst(table.count)
                break
            }
            for end in ["_is_known", "_check"] where field.hasSuffix(end) { field = field.dropLast(end.count) }
            return "/\(field)"
        case nil: return ""
        }
    }
}
