import Glibc

/// How many files a process may have open, and how many of these it leaves to connections of others. The rest is for
/// what it needs itself: whatever comes from outside, its database, its broker and its log can still be opened.
public struct DescriptorLimit: Hashable, Sendable {
    /// The most files that may be open at a time: the soft limit `RLIMIT_NOFILE` of getrlimit(2).
    public let count: Int
    /// How many processors there are: each has an event loop with descriptors of its own.
    public let processors: Int

    /// Any limit.
    public init(count: Int, processors: Int) {
        self.count = count
        self.processors = processors
    }

    /// What is kept for the process itself: 256 and four for each processor, but never more than half of all.
    public var reserve: Int { min(256 + 4 * processors, count / 2) }

    /// How many connections of others there is room for.
    public var room: Int { max(1, count - reserve) }

    /// The limit of this process.
    public static var current: DescriptorLimit {
        DescriptorLimit(count: bounded(limits().rlim_cur), processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// Raises the soft limit to the hard one, which needs no privilege. What can't be raised stays as it is.
    ///
    /// - Returns: the limit there is then.
    @discardableResult
    public static func raise() -> DescriptorLimit {
        var limits = limits()
        if limits.rlim_cur < limits.rlim_max {
            limits.rlim_cur = limits.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        }
        return current
    }

    private static func limits() -> rlimit {
        var limits = rlimit()
        // It can't fail for this resource; if it did, a small limit is the safe one.
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) != 0 { limits.rlim_cur = 256 }
        return limits
    }

    /// `RLIM_INFINITY` is more than an `Int` can say.
    private static func bounded(_ limit: rlim_t) -> Int { Int(min(limit, rlim_t(Int32.max))) }
}
