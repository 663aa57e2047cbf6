import Logging
import RemindersDomain
import RemindersPostgres
import RemindersServiceKit
import RemindersStore

/// What services need of the database.
extension ServiceParts {
    /// The store, on a pool of connections that is closed after everything added later has ended. The service is ready
    /// only while the database takes writes, its schema is the program's, and its clock and this machine's agree.
    mutating func addStore(_ configuration: PostgresConfiguration) -> ReminderStore {
        let store = ReminderStore(pool: addPool(configuration))
        readiness.register("database") {
            do {
                return try await store.takesWrites() ? .ok : .failing("it is read-only")
            } catch {
                return .failing("no answer")
            }
        }
        let schema = SchemaCheck(files: SchemaFiles.folder().flatMap { try? SchemaFiles.read(from: $0) })
        readiness.register("schema") {
            do {
                return Readiness(failing: try await schema.compare(store).trouble)
            } catch {
                return .failing("the database does not say what it was made from")
            }
        }
        readiness.register("clock") {
            let sent = MachineClock.sinceEpoch
            guard let answer = try? await store.now() else { return .failing("the database does not say its time") }
            let clocks = ClockComparison(
                sent: sent, answered: .microseconds(answer.microseconds), received: MachineClock.sinceEpoch)
            return Readiness(failing: clocks.trouble)
        }
        return store
    }

    /// Holds everything while the database is not this deployment's; until then the service is not ready.
    ///
    /// - Parameter isAdopting: whether it names a database that has no name yet.
    mutating func addGuard(
        of store: ReminderStore, _ connections: ServiceConnections, isAdopting: Bool = false
    ) -> DeploymentGuard {
        let deployment = DeploymentGuard(
            store: store, name: connections.deployment, isAdopting: isAdopting, logger: logger)
        readiness.register("deployment") { Readiness(failing: deployment.trouble) }
        add("deployment", cancellable: { await deployment.run() })
        return deployment
    }

    /// Shows other services that this one lives, so that nobody takes over what it has claimed. Until they can see it,
    /// it is not ready.
    mutating func add(presence: Presence) {
        readiness.register("presence") { Readiness(failing: presence.trouble) }
        add("presence", cancellable: { await presence.run() })
    }
}

extension Logger {
    /// Says at the start that not everybody is written to.
    func note(_ onlyTo: AllowList) {
        warning(
            "Only these are written to, everybody else's deliveries end as not_allowed_here",
            metadata: ["only_to": "\(onlyTo.words.joined(separator: ", "))"])
    }
}
