import Hummingbird
import RemindersDomain
import RemindersHTTPService

/// `GET /channels`: what people can be asked about, so that no page has a list of its own.
struct ChannelRoutes: Sendable {
    let switches: DecisionFacts.Switches

    func add(to router: some RouterMethods<APIContext>) {
        router.get("channels", use: list)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try context.requireIdentity()
        try request.requireNoQuery()
        var list = JSONList()
        for channel in switches.installed.channels {
            list.add { writer in
                writer.write("channel", channel.kind.rawValue)
                writer.write("name", channel.name)
                writer.write("way", channel.way)
                writer.write("address", channel.address.rawValue)
                writer.write("is_on", switches.channels.contains(channel.kind))
            }
        }
        return list.response(to: request, context)
    }
}
