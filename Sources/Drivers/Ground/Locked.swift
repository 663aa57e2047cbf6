import Glibc

/// A value behind a mutex of pthreads, in the shape of `Synchronization.Mutex`.
///
/// The thread sanitizer knows pthreads (https://clang.llvm.org/docs/ThreadSanitizer.html). The `Mutex` of Swift 6.3 on
/// Linux waits by futex inside the runtime, where the sanitizer does not see it, and each contended use is reported
/// as a race.
///
/// `@unchecked Sendable`: `value` is touched between lock and unlock only, and the mutex keeps its address.
public final class Locked<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// Takes the first value.
    public init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        // Fails for attributes only, and there are none (pthread_mutex_init(3)).
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Calls `body` with the value while no other caller has it. Must not be called from within `body`.
    public func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
