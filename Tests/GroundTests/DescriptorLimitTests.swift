import RemindersGround
import Testing

@Suite struct DescriptorLimitTests {
    @Test(
        arguments: [(20_000, 2, 19_736), (1_024, 4, 752), (256, 2, 128), (64, 64, 32), (1, 1, 1)])
    func connectionsGetWhatTheProcessDoesNotNeed(count: Int, processors: Int, room: Int) {
        #expect(DescriptorLimit(count: count, processors: processors).room == room)
    }

    @Test func itIsRaisedToWhatIsAllowed() {
        #expect(DescriptorLimit.raise() == .current)
        #expect(DescriptorLimit.current.count >= 256 && DescriptorLimit.current.processors >= 1)
    }
}
