import Foundation
import TestSupport

/// Virtual hosts of the shared broker, one for each scene. `rabbitmqctl` takes its time to start, so each call of it
/// makes some in store.
actor VirtualHosts {
    static let shared = VirtualHosts()
    private var store: [String] = []
    private var made = 0
    /// What each service's user may do, as the command line prints it for operators.
    private var permissions: [Permission]?

    /// The password of every service's user.
    static let password = "of-the-tests"

    private struct Permission: Decodable {
        let user: String
        let configure: String
        let write: String
        let read: String
    }

    /// The URL of one that is new and empty.
    func next() async throws -> String {
        let server = try await RabbitMQServer.shared()
        if store.isEmpty {
            let permissions = try await usersMade(on: server)
            let names = (made + 1...made + 6).map { "scene-\($0)" }
            made += names.count
            let add =
                names.map { name in
                    """
                    rabbit_vhost:add(<<"\(name)">>, <<"tests">>),
                    rabbit_auth_backend_internal:set_permissions(
                        <<"reminders">>, <<"\(name)">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>)
                    """
                }
                + names.flatMap { name in
                    permissions.map { may in
                        """
                        rabbit_auth_backend_internal:set_permissions(<<"\(may.user)">>, <<"\(name)">>,
                            \(Self.binary(may.configure)), \(Self.binary(may.write)), \(Self.binary(may.read)), <<"tests">>)
                        """
                    }
                }
            try await server.rabbitmqctl("eval", add.joined(separator: ",") + ".")
            store = names
        }
        return server.url.dropLast("reminders".count) + store.removeLast()
    }

    /// Makes a user for each service, once.
    private func usersMade(on server: RabbitMQServer) async throws -> [Permission] {
        if let permissions { return permissions }
        struct Definitions: Decodable { let permissions: [Permission] }
        let printed = try await Command.run(
            Repository.programs.appendingPathComponent("reminders").path,
            ["topology", "print", "--definitions", "--users"])
        let permissions = try JSONDecoder().decode(Definitions.self, from: Data(printed.utf8)).permissions
        let add = permissions.map { may in
            "rabbit_auth_backend_internal:add_user(<<\"\(Self.user(may.user))\">>, <<\"\(Self.password)\">>, <<\"tests\">>)"
        }
        try await server.rabbitmqctl("eval", add.joined(separator: ",") + ".")
        let named = permissions.map { may in
            Permission(user: Self.user(may.user), configure: may.configure, write: may.write, read: may.read)
        }
        self.permissions = named
        return named
    }

    /// The user of a service.
    static func user(_ service: String) -> String { "\(service)-user" }

    /// Text as Erlang, whatever is in it.
    private static func binary(_ text: String) -> String {
        "base64:decode(<<\"\(Data(text.utf8).base64EncodedString())\">>)"
    }
}
