import RemindersDomain
import RemindersStore

extension Scheduler {
    /// Lets go of what is over and older than it is kept, every hour, in slices with a pause after each. Runs until the task
    /// is cancelled.
    public func keepToRetention() async {
        while !Task.isCancelled {
            // A copy may have been made for the sake of what would go.
            guard await deployment?.released() ?? true else { return }
            let outcome = await retaining.attempt {
                let forgotten = try await store.forgetSlice(configuration.retention)
                SchedulingMetrics.forgotten.increment(
                    by: forgotten.reduce(0) { $0 + ($1.staysBecause == nil ? Int($1.rows) : 0) })
                return forgotten.mayBeMore
            }
            let pause: Duration =
                switch outcome {
                case .done(let mayBeMore): mayBeMore ? .milliseconds(200) : .seconds(3_600)
                case .failed(let pause): pause
                }
            try? await Task.sleep(for: pause)
        }
    }
}
