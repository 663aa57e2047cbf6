import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// `GET /statistics/deliveries?from=&to=&bucket=`: for operators.
struct StatisticsRoutes: Sendable {
    let store: ReminderStore
    let channels: ChannelRegistry

    func add(to router: some RouterMethods<APIContext>) {
        router.get("statistics/deliveries", use: count)
    }

    @Sendable private func count(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.require(.admin)
        var query = QueryReader(request)
        let bucket = query.choice("bucket", StatisticsStretch.self) ?? .hour
        let wantedEnd = query.instant("to")
        let wantedStart = query.instant("from")
        try query.check()
        let now = try await store.now()
        let end = wantedEnd ?? now
        let start =
            wantedStart ?? end - (bucket == .minute ? .seconds(3_600) : bucket.length * (bucket == .hour ? 24 : 30))
        guard start < end else { throw Problem.invalid("query/from", "must be earlier than to") }
        guard end - start <= bucket.length * bucket.limit else {
            throw Problem.invalid("query/from", "must be at most \(bucket.limit) \(bucket.rawValue)s before to")
        }
        var list = JSONList()
        for item in try await store.deliveryStatistics(
            of: channels, by: bucket, from: start, before: end, now: now)
        {
            list.add { writer in
                writer.write("at", item.at)
                writer.write("channel", item.channel.rawValue)
                writer.write("outcome", item.outcome.rawValue)
                writer.write("deliveries", item.deliveries)
                writer.write("median_seconds", item.medianSeconds)
                writer.write("p99_seconds", item.p99Seconds)
            }
        }
        return list.response(to: request, context)
    }
}

extension StatisticsStretch {
    /// The most of them in one answer: a day of minutes, a month of hours, a year of days.
    fileprivate var limit: Int {
        switch self {
        case .minute: 1_440
        case .hour: 744
        case .day: 366
        }
    }
}
