import Glibc
import TestSupport

/// The services under load.
extension FaultRun {
    static let services = ["scheduler", "rate-limiter", "email-sender", "mattermost-sender"]
    /// At a time, of each sender.
    static let connections = 8

    /// Settings of a run: nobody's limit is reached, and what is lost stays lost, so that it is noticed.
    static let settings = [
        "REMINDERS_MAX_PER_USER_PER_HOUR": "100000", "EMAIL_SMTP_CONNECTIONS": "\(connections)",
        "REMINDERS_LOST_AFTER": "3600",
    ]

    /// Starts a service.
    @discardableResult
    func start(_ name: String, _ changes: [String: String] = [:]) throws -> ServiceProcess {
        try scene.start(name, Self.settings.merging(changes) { $1 })
    }

    /// Starts so many of each.
    func startEach(_ count: Int = 2, _ changes: [String: String] = [:]) throws {
        for name in Self.services { for _ in 1...count { try start(name, changes) } }
    }

    /// One of those that run, at random.
    func anyService(of names: [String] = services) throws -> ServiceProcess {
        let running = names.flatMap(scene.services).filter(\.isRunning)
        guard let service = running.randomElement() else { throw NotInTime(description: "no service runs") }
        return service
    }

    /// Whether copies may come of the death of a service.
    static func isSender(_ name: String) -> Bool { name.hasSuffix("-sender") }

    /// Kills one at random, and starts another in its place after some more deliveries.
    func killOne(of names: [String] = services, _ changes: [String: String] = [:]) async throws {
        let service = try anyService(of: names)
        if Self.isSender(service.name) { allowCopies(Self.connections) }
        try await fault {
            try await service.kill()
            // Where there is none beside it, nothing may get on without it.
            let hasSibling = scene.services(service.name).contains(where: \.isRunning)
            if hasSibling, Bool.random() { try await waitForMore(1...20) }
            try start(service.name, changes)
        }
    }

    /// Stops one in an orderly way, as an upgrade does, and starts its successor.
    func replaceOne(_ service: ServiceProcess, _ changes: [String: String] = [:]) async throws {
        try await fault {
            let ending = try await service.terminate(within: .seconds(30))
            if ending != .exited(0) { note("\(service.name) ended with \(ending) when it was stopped") }
            try start(service.name, changes)
        }
    }

    /// Freezes one for a while, and wakes it.
    func freezeOne(_ service: ServiceProcess, for duration: Duration) async throws {
        // What it was handing over when it was stopped, and once more what its answers had come for unread.
        if Self.isSender(service.name) { allowCopies(2 * Self.connections) }
        try await fault {
            service.signal(SIGSTOP)
            try await staysBroken(for: duration)
            service.signal(SIGCONT)
        }
    }
}
