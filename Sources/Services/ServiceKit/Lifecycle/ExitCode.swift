/// How a service process ends.
public enum ExitCode: Int32, Sendable {
    /// It was asked to stop, and everything in hand was finished.
    case success = 0
    /// A part of it failed.
    case failure = 1
    /// None of its tasks was run for too long, so it ended itself (`EX_SOFTWARE` of sysexits.h).
    case stuck = 70
    /// It was asked to stop, and something was left when the deadline came (`EX_TEMPFAIL` of sysexits.h).
    case deadlineExceeded = 75
    /// Its settings are wrong; starting it again changes nothing (`EX_CONFIG` of sysexits.h).
    case configuration = 78
    /// A second SIGINT did not wait (128 + the number of the signal, as shells report it).
    case interrupted = 130
}
