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
        let popups = try await store.pendingPopups(
            of: identity.userID.text, before: page.after?[0], limit: page.limit + 1)
        var list = JSONList(page)
        for popup in popups.prefix(page.limit) { list.add { popup.encodeFields(to: &$0) } }
        let next = popups.count > page.limit ? [popups[page.limit - 1].id] : nil
        return list.response(to: request, context, next: next, isTagged: true)
    }
}
