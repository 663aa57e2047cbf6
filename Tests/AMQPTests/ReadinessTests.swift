import Testing

@testable import RemindersAMQP

struct ReadinessTests {
    private let readiness = Readiness()

    @Test func whoWaitsIsToldOfReadiness() async {
        async let waiting = readiness.wait()
        readiness.set(true)
        #expect(await waiting)
        #expect(readiness.isReady)
        readiness.set(false)
        #expect(!readiness.isReady)
    }

    @Test func theEndIsNotReadiness() async {
        async let waiting = readiness.wait()
        readiness.end()
        #expect(await !waiting)
        #expect(await !readiness.wait())
    }

    @Test func aCancelledTaskWaitsNoLonger() async {
        let task = Task { [readiness] in await readiness.wait() }
        task.cancel()
        #expect(await !task.value)
    }
}
