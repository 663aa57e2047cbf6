import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// `GET /reminders/pending/me`: the caller's pop-ups that are not settled, newest first, so that who polls with
/// `If-None-Match` sees a new one on the first page and else gets 304.
struct PendingPopupRoutes: Sendable {
    let store: ReminderStore

    func add(to router: some RouterMethods<APIContext>) {
        router.get("reminders/pending/me", use: list)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        var query = QueryReader(request)
        let page = query.page(of: "pending", columns: 1, context)
        try query.check()
        var list = JSONList(page)
        list.add(
            try await store.pendingPopups(of: identity.userID.text, before: page.after?[0], limit: page.wanted),
            position: { [$0.id] }
        ) { $0.encodeFields(to: &$1) }
        return list.response(to: request, context, isTagged: true)
    }
}
