import RemindersGround
import Testing

@Suite("Gate") struct GateTests {
    private let gate = Gate()

    @Test func whoWaitsPassesWhenItOpens() async {
        async let waiting = gate.wait()
        gate.open()
        #expect(await waiting)
        #expect(gate.isOpen)
        gate.shut()
        #expect(!gate.isOpen)
    }

    @Test func nobodyPassesAGateThatIsGone() async {
        async let waiting = gate.wait()
        gate.takeAway()
        #expect(await !waiting)
        #expect(await !gate.wait())
    }

    @Test func aCancelledTaskWaitsNoLonger() async {
        let task = Task { [gate] in await gate.wait() }
        task.cancel()
        #expect(await !task.value)
    }
}
