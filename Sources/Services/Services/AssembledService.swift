import Logging
import RemindersServiceKit
import ServiceLifecycle

/// A service of this project as a part of somebody's process: add it to a `ServiceGroup`, or call `run()`.
///
/// On graceful shutdown it takes nothing new, finishes what it has in hand, closes its connections and returns. It
/// throws when one of its parts failed; the others have then finished what they had in hand.
public protocol AssembledService: Service {
    /// What it consists of.
    var parts: ServiceParts { get }
}

extension AssembledService {
    /// Runs until graceful shutdown.
    ///
    /// - Throws: `ServicePartFailure` when a part failed, or ended although nobody asked it to.
    public func run() async throws {
        try await parts.run()
    }

    /// Whether it can do its work, and if not, why: its connections, and what else it needs.
    public func readinessReport() async -> ReadinessReport {
        await parts.readiness.report()
    }
}
