import Foundation

/// From when to when something was broken.
public struct FaultWindow: Sendable {
    /// When it was broken.
    public let broken: Date
    /// When it was mended, or replaced.
    public let mended: Date

    /// A window between these moments.
    public init(broken: Date, mended: Date) {
        self.broken = broken
        self.mended = mended
    }

    /// How long it took until everything that was due before the fault was mended had ended: the longest of all faults.
    ///
    /// - Parameter ends: When each delivery was due, and when it ended.
    /// - Returns: Seconds; 0 where nothing was left over.
    public static func longestRecovery(
        of faults: [FaultWindow], ends: [(due: Date, ended: Date)]
    ) -> Double {
        faults.map { fault in
            let last = ends.lazy.filter { $0.due <= fault.mended }.map(\.ended).max() ?? fault.mended
            return max(0, last.timeIntervalSince(fault.mended))
        }.max() ?? 0
    }
}
