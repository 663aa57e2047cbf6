import Glibc
import Testing

@testable import RemindersAMQP

struct WatchdogTests {
    /// Two ends of a connection within this process.
    private struct Pair: ~Copyable {
        let near: Int32
        let far: Int32

        init() {
            var ends: [Int32] = [-1, -1]
            #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            (near, far) = (ends[0], ends[1])
        }

        /// Blocks until a byte or the end comes; -1 for an error.
        func read() -> Int {
            var byte: UInt8 = 0
            return Glibc.read(near, &byte, 1)
        }

        deinit {
            close(near)
            close(far)
        }
    }

    @Test(.timeLimit(.minutes(1))) func endsACallThatDoesNotReturn() {
        let pair = Pair()
        let lifeline = Lifeline(descriptor: pair.near)
        Watchdog.add(lifeline)
        lifeline.arm(for: .milliseconds(1))
        #expect(pair.read() == 0, "the end of the stream, because of the shutdown")
    }

    @Test func leavesAloneWhatIsInTimeDisarmedOrReleased() {
        let pair = Pair()
        var byte: UInt8 = 7
        let later = ContinuousClock.now + .seconds(60)

        let patient = Lifeline(descriptor: pair.near)
        patient.arm(for: .seconds(3600))
        #expect(patient.inspect(now: later))
        patient.disarm()
        #expect(patient.inspect(now: later))
        patient.arm(for: .seconds(1))
        patient.release()
        #expect(!patient.inspect(now: later), "nothing to look after")
        #expect(write(pair.far, &byte, 1) == 1)
        #expect(pair.read() == 1)
    }
}
