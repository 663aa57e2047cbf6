import RemindersDomain
import RemindersStore
import Testing

@testable import RemindersSending

/// What nobody wants any more, and messages that carry several deliveries.
@Suite struct DigestAttemptTests {
    private func ends(_ attempted: AttemptedDelivery) -> [String] {
        let own = attempted.record
        let all =
            [(own.delivery.occurrenceID, own.state, own.reason, own.reply)]
            + own.carried.map { ($0.occurrenceID, $0.state, $0.reason, $0.reply) }
        return all.map { id, state, reason, reply in
            ["\(id)", state.rawValue, reason, reply].compactMap(\.self).joined(separator: " ")
        }
    }

    @Test func `what nobody wants any more is not attempted, and withdrawn with its reason`() async {
        let channel = StubChannel()
        let attempted = await Attempting(channel).attempt(.numbered(1, withdrawn: [7: .caseClosed]))
        #expect(channel.attempted.isEmpty)
        #expect(ends(attempted) == ["7 withdrawn case_closed"])
        #expect(attempted.state == .withdrawn && attempted.retry == nil)
    }

    @Test func `it is withdrawn in a dry run, in doubt and beyond the ladder too`() async {
        let channel = StubChannel()
        let dry = await Attempting(channel, dryRun: true).attempt(.numbered(1, withdrawn: [7: .snoozed]))
        #expect(ends(dry) == ["7 withdrawn snoozed"])
        let inDoubt = await Attempting(channel, unknownPolicy: .record)
            .attempt(.numbered(9, inDoubt: true, withdrawn: [7: .dismissed]))
        #expect(ends(inDoubt) == ["7 withdrawn dismissed"])
    }

    @Test func `all that a message carries ends as it does`() async {
        let channel = StubChannel()
        let attempted = await Attempting(channel).attempt(.numbered(1, digest: [8, 9]))
        #expect(channel.titles == ["Følg op, Nr. 8, Nr. 9"])
        #expect(ends(attempted) == ["7 sent 250 OK", "8 sent 250 OK", "9 sent 250 OK"])
        let refused = await Attempting(StubChannel(.rejected(reply: "550"))).attempt(.numbered(1, digest: [8]))
        #expect(ends(refused) == ["7 rejected 550", "8 rejected 550"])
        let dead = await Attempting(StubChannel(.deferred(after: nil, reply: "451"))).attempt(
            .numbered(RetryLadder.standard.maximumAttempts, digest: [8]))
        #expect(dead.state == .dead)
        #expect(ends(dead) == ["7 dead the last attempt failed 451", "8 dead the last attempt failed 451"])
    }

    @Test func `what is not wanted of it is left out and withdrawn, also its own`() async {
        let channel = StubChannel()
        let attempted = await Attempting(channel).attempt(
            .numbered(1, digest: [8, 9], withdrawn: [7: .dismissed, 9: .deactivated]))
        #expect(channel.titles == ["Nr. 8"])
        // The key against duplicates stays the same, whatever is shown.
        #expect(channel.attempted == ["0190a6d2-7c1e-7a3b-8f00-0123456789ab"])
        #expect(ends(attempted) == ["7 withdrawn dismissed", "8 sent 250 OK", "9 withdrawn deactivated"])
        #expect(attempted.state == .sent)
    }

    @Test func `when nobody wants any of it, all are withdrawn`() async {
        let channel = StubChannel()
        let attempted = await Attempting(channel).attempt(
            .numbered(1, digest: [8], withdrawn: [7: .dismissed, 8: .deactivated]))
        #expect(channel.attempted.isEmpty)
        #expect(ends(attempted) == ["7 withdrawn dismissed", "8 withdrawn deactivated"])
    }

    @Test func `what is tried again ends nothing yet, not even what is not wanted now`() async {
        let attempted = await Attempting(StubChannel(.deferred(after: nil, reply: "451"))).attempt(
            .numbered(1, digest: [8, 9], withdrawn: [9: .snoozed]))
        #expect(ends(attempted) == ["7 requested tried again after 5s 451"])
        #expect(attempted.retry != nil)
    }
}
