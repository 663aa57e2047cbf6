import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import RemindersServiceKit

/// What happened, in order.
private final class Diary: Sendable {
    private let lines = Mutex<[String]>([])

    func note(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

private struct Broken: Error {}

private struct EmbeddedParts: Service {
    let parts: ServiceParts

    func run() async throws { try await parts.run() }
}

@Suite(.timeLimit(.minutes(1))) struct ServiceRunnerTests {
    private let diary = Diary()
    private let readiness = ReadinessChecks()

    private func runner(deadline: Duration = .seconds(30), manager: String? = nil) -> ServiceRunner {
        let diary = diary
        let logger = Logger(label: "test") { _ in DiaryLogHandler { diary.note($0) } }
        return ServiceRunner(
            ServiceParts(logger: logger, readiness: readiness), deadline: deadline,
            manager: ServiceManager(path: manager),
            grace: .milliseconds(50))
    }

    /// Runs it, stops it with SIGTERM once it runs, and returns its exit code.
    private func runAndStop(_ runner: ServiceRunner) async -> ExitCode {
        let (signals, signal) = AsyncStream.makeStream(of: StopSignal.self)
        async let code = runner.run(signals: signals)
        try? await eventually { diary.all.contains("work runs") }
        signal.yield(.terminate)
        return await code
    }

    @Test func workInHandIsFinishedBeforeItsConnectionsGo() async {
        var runner = runner()
        let (diary, readiness) = (diary, readiness)
        runner.parts.addConnection("database", closing: { diary.note("database closed") })
        runner.parts.addConnection("broker", closing: { diary.note("broker closed") })
        runner.parts.add("work") {
            diary.note("work runs")
            try await gracefulShutdown()
            diary.note("draining: \(readiness.phase)")
            diary.note("work done")
        }
        #expect(await runAndStop(runner) == .success)
        let own = diary.all.filter { !$0.hasPrefix("info") }
        #expect(own == ["work runs", "draining: draining", "work done", "broker closed", "database closed"])
        #expect(diary.all.last?.hasPrefix("info Service stopped") == true)
    }

    @Test func whatIsLeftAtTheDeadlineIsNamedAndTheExitCodeSaysSo() async {
        var runner = runner(deadline: .milliseconds(30))
        let diary = diary
        runner.parts.addConnection("database", closing: { diary.note("database closed") })
        runner.parts.add("work", remaining: { "3 deliveries" }) {
            diary.note("work runs")
            // Until it is cancelled.
            for await _ in AsyncStream<Never>.makeStream().stream {}
            throw CancellationError()
        }
        #expect(await runAndStop(runner) == .deadlineExceeded)
        let error = diary.all.first { $0.hasPrefix("error") }
        #expect(
            error == "error Deadline passed before the service had stopped stop.deadline=30ms "
                + "stop.remaining.work=3 deliveries stop.unfinished=[\"database\", \"work\"]")
        #expect(diary.all.contains("database closed"), "cancelled parts still close what they hold")
    }

    @Test func workThatHeedsNothingDoesNotKeepTheProcess() async {
        var runner = runner(deadline: .milliseconds(30))
        let diary = diary
        let (stream, end) = AsyncStream.makeStream(of: Void.self)
        runner.parts.add("work") {
            diary.note("work runs")
            await Task.detached { for await _ in stream {} }.value
        }
        #expect(await runAndStop(runner) == .deadlineExceeded)
        end.finish()
    }

    @Test func aPartThatFailsEndsTheProcessWithOneErrorLine() async {
        var runner = runner()
        let diary = diary
        runner.parts.addConnection("database", closing: { diary.note("database closed") })
        runner.parts.add("consumer") { throw Broken() }
        runner.parts.add("work") {
            try await gracefulShutdown()
            diary.note("work done")
        }
        let (signals, _) = AsyncStream.makeStream(of: StopSignal.self)
        #expect(await runner.run(signals: signals) == .failure)
        #expect(
            diary.all.filter { $0.hasPrefix("error") } == [
                "error Part of the service failed error=Broken() service.part=consumer"
            ])
        #expect(
            diary.all.filter { !$0.contains("Service") && !$0.contains("service") } == ["work done", "database closed"])
    }

    @Test func aPartThatEndsUnaskedIsAFailure() async {
        var runner = runner()
        runner.parts.add("work") {}
        let (signals, _) = AsyncStream.makeStream(of: StopSignal.self)
        #expect(await runner.run(signals: signals) == .failure)
        #expect(diary.all.contains { $0.hasPrefix("error Part of the service ended unasked") })
    }

    @Test func aPartThatEndsOutOfTurnWhileStoppingDisturbsNothing() async {
        var runner = runner()
        let diary = diary
        let (stream, end) = AsyncStream.makeStream(of: Void.self)
        runner.parts.add("early") {
            for await _ in stream {}
            diary.note("early done")
        }
        runner.parts.add("work") {
            diary.note("work runs")
            try await gracefulShutdown()
            end.finish()
            try? await eventually { diary.all.contains("early done") }
            diary.note("work done")
        }
        #expect(await runAndStop(runner) == .success)
        #expect(diary.all.contains("work done"))
    }

    @Test func partsOfAnotherProcessStopInTheSameOrderWhenItAsks() async throws {
        let (parts, diary) = embedded()
        let group = ServiceGroup(services: [EmbeddedParts(parts: parts)], logger: parts.logger)
        async let ended: Void = group.run()
        try await eventually { diary.all.contains("work runs") }
        #expect(readiness.phase == .running)
        await group.triggerGracefulShutdown()
        try await ended
        #expect(diary.all == ["work runs", "draining", "work done", "database closed"])
    }

    @Test func aPartThatFailsEndsTheEmbeddedServiceAfterTheOthersHaveFinished() async {
        var (parts, _) = embedded()
        let diary = diary
        parts.add("late") {
            try await eventually { diary.all.contains("work runs") }
            throw Broken()
        }
        await #expect(throws: ServicePartFailure(part: "late")) { try await parts.run() }
        #expect(
            diary.all.filter { !$0.hasPrefix("error") } == ["work runs", "running", "work done", "database closed"])
        #expect(diary.all.contains("error Part of the service failed error=Broken() service.part=late"))
    }

    private func embedded() -> (ServiceParts, Diary) {
        let (diary, readiness) = (diary, readiness)
        let logger = Logger(label: "test") { _ in
            var handler = DiaryLogHandler { diary.note($0) }
            handler.logLevel = .error
            return handler
        }
        var parts = ServiceParts(logger: logger, readiness: readiness)
        parts.addConnection("database", closing: { diary.note("database closed") })
        parts.add("work") {
            diary.note("work runs")
            try await gracefulShutdown()
            diary.note("\(readiness.phase)")
            diary.note("work done")
        }
        return (parts, diary)
    }

    @Test func systemdIsToldOfReadyAndStopping() async throws {
        let path = "/tmp/notify-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let descriptor = try NotifySocket(path: path)
        let database = readiness.flag("database", initially: "not connected yet")
        var runner = runner(manager: path)
        let diary = diary
        runner.parts.add("work") {
            diary.note("work runs")
            database.set(.ok)
            try? await eventually { diary.all.contains { $0.hasPrefix("info Service is ready") } }
            try await gracefulShutdown()
        }
        let (signals, signal) = AsyncStream.makeStream(of: StopSignal.self)
        async let code = runner.run(signals: signals)
        try? await eventually { diary.all.contains { $0.hasPrefix("info Service is ready") } }
        signal.yield(.interrupt)
        #expect(await code == .success)
        #expect(descriptor.receive() == "READY=1\nSTATUS=running")
        #expect(descriptor.receive() == "STOPPING=1\nSTATUS=finishing work in hand")
    }
}

/// Notes each line as `level message key=value …`.
private struct DiaryLogHandler: LogHandler {
    let note: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    init(note: @escaping @Sendable (String) -> Void) { self.note = note }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        note("\(event.level) \(event.message)\(facts)")
    }
}

/// The service manager's end of the notification socket.
private final class NotifySocket {
    private let descriptor: Int32
    private let path: String

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    func receive() -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }
}
