import Glibc
import Hummingbird
import Logging
import NIOCore
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// `GET /api/v1/reminders/stream`: a person's pop-ups as server-sent events.
///
/// The token comes in the header `Authorization`, which `fetch` can send: it never stands in a URL. On connecting the
/// stream begins with what is pending after `Last-Event-ID`. It ends when the token does.
public struct StreamRoute: Sendable {
    private let hub: PopupHub
    private let store: ReminderStore

    /// A route to the streams of `hub`.
    public init(hub: PopupHub, store: ReminderStore) {
        self.hub = hub
        self.store = store
    }

    /// Adds the route.
    public func add(to router: some RouterMethods<APIContext>) {
        router.get("reminders/stream") { request, context in try await open(request, context) }
    }

    private func open(_ request: Request, _ context: APIContext) async throws -> Response {
        let userID = try context.requireIdentity().userID
        let lastEventID = try lastEventID(of: request)
        // Nothing is streamed to who asks for the head alone.
        if request.method == .head { return Response(status: .ok, headers: Self.headers) }
        let slot: StreamSlot
        let endsAt = context.grant?.end(ofBegunAt: Int64(time(nil))) ?? .max
        switch hub.connect(
            userID: userID, lastEventID: lastEventID, endsAt: endsAt, cutOff: context.closeConnection)
        {
        case .admitted(let admitted): slot = admitted
        case .tooManyOfUser: throw Problem.tooManyRequests(retryAfter: .seconds(30))
        case .tooMany:
            throw Problem.unavailable("This instance has as many streams as it takes", retryAfter: .seconds(10))
        case .closing: throw Problem.unavailable("This instance is being stopped", retryAfter: .seconds(1))
        }
        let pending = try await store.pendingPopups(ofUsers: [userID], limit: PopupFeed.newest)[userID, default: []]
        let begin = slot.connection.synchronize(pending, seenThrough: lastEventID)
        return Response(status: .ok, headers: Self.headers, body: body(begin, in: slot, request))
    }

    /// - Throws: `Problem`, 400, for a number that no event of ours has.
    private func lastEventID(of request: Request) throws(Problem) -> Int64 {
        guard let text = request.headers[Self.lastEventID], !text.isEmpty else { return 0 }
        guard let id = Int64(text), id >= 0 else {
            throw .badRequest(
                "Last-Event-ID is none of this stream",
                [FieldProblem("header/Last-Event-ID", "must be the id of an event of this stream")])
        }
        return id
    }

    private func body(_ begin: [[UInt8]], in slot: StreamSlot, _ request: Request) -> ResponseBody {
        ResponseBody { writer in
            defer { slot.giveBack() }
            let connection = slot.connection
            try await request.body.consumeWithInboundCloseHandler { _ in
                // One by one: what is pending may be more than a client that does not read should cost.
                try await writer.write(ByteBuffer(bytes: StreamEvent.retry(milliseconds: 2_000)))
                for event in begin { try await writer.write(ByteBuffer(bytes: event)) }
                while let events = await connection.events.next() { try await writer.write(events) }
            } onInboundClosed: {
                connection.events.close()
            }
            try await writer.finish(nil)
        }
    }

    private static let lastEventID = HeaderName("Last-Event-ID").unsafelyUnwrapped
    private static let headers: HTTPFields = [
        .contentType: "text/event-stream", .cacheControl: "no-store",
        // For nginx, which would gather events otherwise.
        HeaderName("X-Accel-Buffering").unsafelyUnwrapped: "no",
    ]
}
