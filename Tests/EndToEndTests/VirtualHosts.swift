import TestSupport

/// Virtual hosts of the shared broker, one for each scene. `rabbitmqctl` takes its time to start, so each call of it
/// makes some in store.
actor VirtualHosts {
    static let shared = VirtualHosts()
    private var store: [String] = []
    private var made = 0

    /// The URL of one that is new and empty.
    func next() async throws -> String {
        let server = try await RabbitMQServer.shared()
        if store.isEmpty {
            let names = (made + 1...made + 6).map { "scene-\($0)" }
            made += names.count
            let add = names.map { name in
                """
                rabbit_vhost:add(<<"\(name)">>, <<"tests">>),
                rabbit_auth_backend_internal:set_permissions(
                    <<"reminders">>, <<"\(name)">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>)
                """
            }
            try await server.rabbitmqctl("eval", add.joined(separator: ",") + ".")
            store = names
        }
        return server.url.dropLast("reminders".count) + store.removeLast()
    }
}
