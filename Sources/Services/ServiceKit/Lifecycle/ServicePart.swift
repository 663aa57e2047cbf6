import Logging
import ServiceLifecycle

/// A named part of a process as the group of services runs it: it reports how the part ended, and never ends out of
/// turn, so the group's order of shutdown holds whatever the parts do.
struct ServicePart: Service {
    let name: String
    let service: any Service
    let shutdown: Shutdown
    let logger: Logger

    func run() async throws {
        do {
            try await service.run()
            if !shutdown.hasBegun {
                fail("Part of the service ended unasked", reason: "it ended although nobody asked it to")
            }
        } catch is CancellationError where shutdown.hasBegun {
            // The deadline has come; whoever cancelled has said so.
        } catch {
            fail("Part of the service failed", reason: "\(error)")
        }
        shutdown.finished(name)
        try? await gracefulShutdown()
    }

    private func fail(_ message: Logger.Message, reason: String) {
        logger.error(message, metadata: ["service.part": "\(name)", "error": "\(reason)"])
        shutdown.begin(.failure(part: name))
    }
}

/// Does nothing until it is asked to stop, and then closes something.
struct ClosingService: Service {
    let close: @Sendable () async -> Void

    func run() async throws {
        try? await gracefulShutdown()
        await close()
    }
}

/// Runs a function.
struct FunctionService: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws {
        try await body()
    }
}
