import RemindersIOThread

/// Hands a value that belongs to one I/O thread about, and lets only that thread get at it.
///
/// `@unchecked Sendable`: `value` is read in work that runs on `thread` alone. It is destroyed wherever the last
/// reference goes, so what must be ended on the thread is ended there first (`PoolCore.shutDown`).
final class ThreadConfined<Value>: @unchecked Sendable {
    let thread: IOThread
    private let value: Value

    init(_ value: Value, on thread: IOThread) {
        self.value = value
        self.thread = thread
    }

    /// Queues `work` on the thread.
    func perform(_ work: @escaping @Sendable (Value) -> Void) {
        thread.perform { work(self.value) }
    }

    /// For code that runs on the thread already.
    func get() -> Value {
        thread.checkIsolated()
        return value
    }
}
