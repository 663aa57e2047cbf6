import Logging
import RemindersGround
import Testing

@Suite("Duty") struct DutyTests {
    private struct Passing: Error, CustomStringConvertible { let description = "the server is away" }
    private struct Final: ClassifiedFailure { let kind = FailureKind.final }

    /// A clock that only pauses move.
    private final class Time: Sendable {
        let elapsed = Locked(Duration.zero)
        private let start = ContinuousClock.now
        var now: ContinuousClock.Instant { start + elapsed.withLock { $0 } }
        func pass(_ duration: Duration) { elapsed.withLock { $0 += duration } }
    }

    private let time = Time()
    private let log = LogLines()

    private func duty() -> Duty {
        Duty("deciding", logger: log.logger, now: { [time] in time.now }, sleep: { [time] in time.pass($0) })
    }

    @Test func itIsTriedUntilItIsDone() async throws {
        let duty = duty()
        let tries = Locked(0)
        let value = try await duty.retrying { () throws -> Int in
            let number = tries.withLock { tries in
                tries += 1
                return tries
            }
            if number < 40 { throw Passing() }
            return number
        }
        #expect(value == 40)
        #expect(duty.trouble == nil)
        // It took about three minutes: the beginning, two or three lines about them, and the end.
        let lines = log.lines
        #expect(lines.first?.hasPrefix("error Work fails and is tried again") == true)
        #expect(lines.last?.hasPrefix("notice Work succeeds again") == true)
        #expect((3...6).contains(lines.count))
        #expect(lines.allSatisfy { $0.contains("duty=deciding") })
    }

    @Test func troubleNamesTheReasonWhileItFails() async throws {
        let duty = duty()
        guard case .failed(let pause) = await duty.attempt({ throw Passing() }) else {
            Issue.record("it failed"); return
        }
        #expect(pause >= .milliseconds(100) && pause <= .milliseconds(200))
        time.pass(.seconds(7))
        #expect(duty.trouble == "fails since 7 s: the server is away")
        _ = await duty.attempt {}
        #expect(duty.trouble == nil)
    }

    @Test func troubleFadesWhereOnlyRequestsTryAgain() {
        let duty = Duty("requests", fading: .seconds(30), logger: log.logger, now: { [time] in time.now })
        _ = duty.failed(Passing())
        time.pass(.seconds(29))
        #expect(duty.trouble != nil)
        time.pass(.seconds(2))
        #expect(duty.trouble == nil)
        _ = duty.failed(Passing())
        #expect(duty.trouble != nil)
    }

    @Test func pausesAreShortAgainAfterASuccess() {
        let duty = duty()
        for _ in 0..<20 { _ = duty.failed(Passing()) }
        #expect(duty.failed(Passing()) > .seconds(2))
        duty.succeeded()
        #expect(duty.failed(Passing()) <= .milliseconds(200))
    }

    @Test func whatFailsForGoodIsThrownAtOnce() async throws {
        let duty = duty()
        await #expect(throws: Final.self) { try await duty.retrying { throw Final() } }
        #expect(duty.trouble == nil)
        #expect(log.lines.isEmpty)
    }

    @Test func whatIsNotLookedAfterInTimeIsOverdue() {
        let duty = duty()
        duty.isExpected(within: .seconds(30))
        time.pass(.seconds(29))
        #expect(duty.trouble == nil)
        time.pass(.seconds(11))
        #expect(duty.trouble == "should have been done 10 s ago")
        duty.isExpected(within: .seconds(30))
        #expect(duty.trouble == nil)
    }

    @Test func oneOfABatchIsSetAsideAndTheOthersAreDone() async {
        let duty = duty()
        let parts = await duty.inParts(Array(0..<100)) { part in
            if part.contains(42) { throw Final() }
            return part.count
        }
        #expect(parts.refused.map(\.element) == [42])
        #expect(parts.done.flatMap(\.elements) == (0..<100).filter { $0 != 42 })
        #expect(parts.left.isEmpty)
        #expect(log.lines.isEmpty)
    }

    @Test func whatIsCancelledHasNotFailed() async {
        let duty = duty()
        let work = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return if case .failed(let pause) = await duty.attempt({ throw Passing() }) { pause } else {
                nil as Duration?
            }
        }
        #expect(await work.value == .zero)
        #expect(duty.trouble == nil)
        #expect(log.lines.isEmpty)
    }

    @Test func theLogSaysHowManyFail() async {
        let failures = Locked(1)
        let parts = await duty().inParts([1, 2, 3]) { _ in
            if failures.withLock({
                $0 -= 1; return $0 >= 0
            }) {
                throw Passing()
            }
        }
        #expect(parts.done.flatMap(\.elements) == [1, 2, 3])
        #expect(log.lines.first?.contains(" count=3 ") == true, "\(log.lines)")
    }

    @Test func aCancelledTaskLeavesWhatIsNotDone() async {
        let duty = Duty("deciding", logger: log.logger)
        let started = AsyncStream.makeStream(of: Void.self)
        let work = Task {
            await duty.inParts([1, 2, 3]) { part in
                if part.count == 3 { throw Final() }
                started.continuation.yield()
                throw Passing()
            }
        }
        for await _ in started.stream { break }
        work.cancel()
        let parts = await work.value
        #expect(parts.left == [1, 2, 3])
        #expect(parts.done.isEmpty && parts.refused.isEmpty)
    }
}

/// Keeps what is logged, as `level message key=value …`.
private final class LogLines: Sendable {
    private let kept = Locked<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            lines.kept.withLock { $0.append("\(event.level) \(event.message)\(facts)") }
        }
    }
}
