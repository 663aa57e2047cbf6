import Glibc
import RemindersDomain

extension Instant {
    /// The time of this machine: for planning ahead. What is due, the database's clock decides.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
