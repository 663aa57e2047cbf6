import TestSupport
import Testing

@testable import RemindersServiceKit

@Suite struct ReadinessTests {
    private func responder(_ readiness: ReadinessChecks) -> AdminResponder {
        AdminResponder(readiness: readiness, metrics: PrometheusRegistry(), process: ProcessMetrics(service: "x"))
    }

    @Test func readyzFollowsThePhases() async {
        let readiness = ReadinessChecks()
        let responder = responder(readiness)
        let starting = await responder.answer(method: "GET", path: "/readyz", query: nil)
        #expect(starting == .init(status: 503, body: "[-]service starting\nnot ready\n"))
        readiness.enter(.running)
        #expect(
            await responder.answer(method: "GET", path: "/readyz", query: nil) == .init(status: 200, body: "ready\n"))
        readiness.enter(.draining)
        readiness.enter(.running)
        let draining = await responder.answer(method: "GET", path: "/readyz", query: nil)
        #expect(draining == .init(status: 503, body: "[-]service draining\nnot ready\n"))
        #expect(await responder.answer(method: "GET", path: "/livez", query: nil).status == 200)
    }

    @Test func readyzNamesWhatFailsAndVerboseEverything() async {
        let readiness = ReadinessChecks()
        readiness.enter(.running)
        readiness.register("database") { .ok }
        let broker = readiness.flag("broker", initially: "not connected yet")
        let responder = responder(readiness)
        let plain = await responder.answer(method: "GET", path: "/readyz", query: nil)
        #expect(plain == .init(status: 503, body: "[-]broker failing: not connected yet\nnot ready\n"))
        let verbose = await responder.answer(method: "GET", path: "/readyz", query: "verbose")
        #expect(verbose.body == "[+]database ok\n[-]broker failing: not connected yet\nnot ready\n")
        broker.set(.ok)
        let ready = await responder.answer(method: "GET", path: "/readyz", query: "verbose=1")
        #expect(ready == .init(status: 200, body: "[+]database ok\n[+]broker ok\nready\n"))
    }

    @Test func aCheckThatHangsFailsAndIsNotAskedTwice() async throws {
        let readiness = ReadinessChecks(limit: .milliseconds(20))
        readiness.enter(.running)
        let (stream, end) = AsyncStream.makeStream(of: Void.self)
        readiness.register("stuck") {
            for await _ in stream {}
            return .ok
        }
        let first = await readiness.report()
        #expect(first.results.map(\.readiness) == [.failing("no answer within 20ms")])
        let second = await readiness.report()
        #expect(second.results.map(\.readiness) == [.failing("has not answered the last question yet")])
        end.finish()
        try await eventually { await readiness.report().isReady }
    }
}
