import TestSupport
import Testing

@Suite struct EventuallyTests {
    private struct NotYet: Error {}

    @Test func itWaitsUntilTheConditionHolds() async throws {
        var tries = 0
        try await eventually {
            tries += 1
            return tries == 3
        }
        #expect(tries == 3)
    }

    @Test func theLastErrorIsPartOfTheFailure() async throws {
        let failure = await #expect(throws: NotInTime.self) {
            try await eventually(within: .milliseconds(20), "the moon") { throw NotYet() }
        }
        #expect(failure?.description.contains("the moon") == true)
        #expect(failure?.description.contains("NotYet") == true)
    }
}
