import RemindersDomain
import RemindersStore
import Synchronization
import Testing

@testable import RemindersSending

@Suite struct AttemptTests {
    @Test func `what was delivered is recorded as sent, with the reply`() async {
        let channel = StubChannel(.delivered(reply: "250 2.0.0 queued as 4F"))
        let attempted = await Attempting(channel).attempt(.numbered(1))
        #expect(attempted.record.state == .sent)
        #expect(attempted.record.outcome == "delivered")
        #expect(attempted.record.reason == nil)
        #expect(attempted.record.reply == "250 2.0.0 queued as 4F")
        #expect(attempted.record.content == nil)
        #expect(attempted.record.attempt == 1)
        #expect(attempted.record.delivery == DeliveryKey(occurrenceID: 7, recipient: .user("1"), channel: .email))
        #expect(attempted.retry == nil)
        #expect(channel.attempted.count == 1)
    }

    @Test func `what may be another's by now is not attempted, and counts nothing`() async {
        let channel = StubChannel()
        var claimed = ClaimedDelivery.numbered(2)
        claimed.isOurs = { false }
        let attempted = await Attempting(channel).attempt(claimed)
        #expect(channel.attempted.isEmpty)
        #expect(attempted.next == .waits)
        #expect(attempted.record.state == .requested)
    }

    @Test func `what is for a silent destination is put off untried, with the reason`() async {
        let channel = StubChannel()
        var attempting = Attempting(channel)
        attempting.admit = { _ in .heldBack(reply: "not tried: it is silent") }
        let attempted = await attempting.attempt(.numbered(2))
        #expect(channel.attempted.isEmpty)
        #expect(attempted.retry?.name == "1m")
        #expect(attempted.record.reply == "not tried: it is silent")
    }

    @Test(arguments: [
        (AttemptOutcome.silent(reply: ""), DestinationHealth.Sign.silence), (.delivered(reply: ""), .answer),
        (.rejected(reply: ""), .answer), (.deferred(after: nil, reply: ""), .none), (.unknown(reply: ""), .none),
    ])
    func `only silence tells against a destination`(outcome: AttemptOutcome, sign: DestinationHealth.Sign) async {
        let signs = Mutex<[DestinationHealth.Sign]>([])
        var attempting = Attempting(StubChannel(outcome))
        attempting.note = { _, sign in signs.withLock { $0.append(sign) } }
        _ = await attempting.attempt(.numbered(1))
        #expect(signs.withLock { $0 } == [sign])
    }

    @Test func `whoever may not be written to here is not`() async throws {
        let channel = StubChannel(.delivered(reply: "250 OK"))
        let others = try AllowList(["grace@example.com", "user:2"])
        let attempted = await Attempting(channel, onlyTo: others).attempt(.numbered(1))
        #expect(attempted.record.state == .dropped && attempted.record.reason == "not_allowed_here")
        #expect(attempted.next == .ended && channel.attempted.isEmpty)
        for own in ["ada@example.com", "@example.com", "user:1"] {
            let attempted = await Attempting(channel, onlyTo: try AllowList([own])).attempt(.numbered(1))
            #expect(attempted.record.state == .sent, "\(own)")
        }
    }

    @Test func `what was refused for good ends at once, also at the first attempt`() async {
        let attempted = await Attempting(StubChannel(.rejected(reply: "550 no such user"))).attempt(.numbered(1))
        #expect(attempted.record.state == .rejected)
        #expect(attempted.record.outcome == "rejected")
        #expect(attempted.record.reply == "550 no such user")
        #expect(attempted.retry == nil)
    }

    @Test(arguments: [(1, "5s"), (2, "1m"), (3, "10m"), (4, "1h"), (5, "1h"), (7, "1h")])
    func `what was put off is requested again, further up the ladder each time`(attempt: Int, delay: String) async {
        let attempting = Attempting(StubChannel(.deferred(after: nil, reply: "451 later")))
        let attempted = await attempting.attempt(.numbered(attempt))
        #expect(attempted.retry?.name == delay)
        #expect(attempted.record.state == .requested)
        #expect(attempted.record.outcome == "deferred")
        #expect(attempted.record.reason == "tried again after \(delay)")
        #expect(attempted.record.reply == "451 later")
    }

    @Test(arguments: [(Duration.seconds(30), "1m"), (.seconds(600), "10m"), (.seconds(7_200), "1h")])
    func `a server that asks for time gets the first rung that is long enough`(asked: Duration, delay: String) async {
        let attempting = Attempting(StubChannel(.deferred(after: asked, reply: "429")))
        #expect(await attempting.attempt(.numbered(1)).retry?.name == delay)
    }

    @Test func `after the last attempt a delivery is dead`() async {
        let attempting = Attempting(StubChannel(.deferred(after: nil, reply: "451 later")))
        let attempted = await attempting.attempt(.numbered(RetryLadder.standard.maximumAttempts))
        #expect(attempted.record.state == .dead)
        #expect(attempted.record.outcome == "deferred")
        #expect(attempted.record.reason == "the last attempt failed")
        #expect(attempted.record.reply == "451 later")
        #expect(attempted.retry == nil)
    }

    @Test func `an unknown end is tried again under the same id where that is the policy`() async {
        let attempting = Attempting(StubChannel(.unknown(reply: "connection lost after DATA")))
        let attempted = await attempting.attempt(.numbered(1))
        #expect(attempted.record.state == .requested)
        #expect(attempted.record.outcome == "unknown")
        #expect(attempted.retry?.name == "5s")
    }

    @Test func `an unknown end is left where that is the policy`() async {
        let attempting = Attempting(StubChannel(.unknown(reply: "connection lost after DATA")), unknownPolicy: .record)
        let attempted = await attempting.attempt(.numbered(1))
        #expect(attempted.record.state == .unknown)
        #expect(attempted.retry == nil)
    }

    @Test func `an unknown end of the last attempt is unknown, not dead`() async {
        let attempted = await Attempting(StubChannel(.unknown(reply: "lost"))).attempt(
            .numbered(RetryLadder.standard.maximumAttempts))
        #expect(attempted.record.state == .unknown)
        #expect(attempted.retry == nil)
    }

    @Test func `an attempt that its sender did not survive is made again where that is the policy`() async {
        let channel = StubChannel()
        let attempted = await Attempting(channel).attempt(.numbered(2, inDoubt: true))
        #expect(channel.attempted.count == 1)
        #expect(attempted.record.state == .sent)
    }

    @Test func `an attempt that its sender did not survive is left where that is the policy`() async {
        let channel = StubChannel()
        let attempted = await Attempting(channel, unknownPolicy: .record).attempt(.numbered(2, inDoubt: true))
        #expect(channel.attempted.isEmpty)
        #expect(attempted.record.state == .unknown)
        #expect(attempted.record.reason?.contains("its sender died") == true)
    }

    @Test func `a delivery whose senders keep dying is not attempted beyond the ladder`() async {
        let channel = StubChannel()
        let attempted = await Attempting(channel).attempt(
            .numbered(RetryLadder.standard.maximumAttempts + 1, inDoubt: true))
        #expect(channel.attempted.isEmpty)
        // As when the last attempt says so itself: it may have arrived.
        #expect(attempted.record.state == .unknown)
        #expect(attempted.retry == nil)
        // Somebody shortened the ladder meanwhile.
        let left = await Attempting(channel).attempt(.numbered(RetryLadder.standard.maximumAttempts + 1))
        #expect(left.record.state == .dead)
        #expect(channel.attempted.isEmpty)
    }

    @Test(arguments: [1, 8, 1_000])
    func `what an operator has to mend counts no attempt and ends nothing`(attempt: Int) async {
        let attempted = await Attempting(StubChannel(.blocked(reply: "535 5.7.8 wrong password")))
            .attempt(.numbered(min(attempt, RetryLadder.standard.maximumAttempts)))
        #expect(attempted.next == .waits)
        #expect(!attempted.counts)
        #expect(attempted.record.state == .requested)
    }

    @Test func `what cannot be rendered is rejected, and the field is named`() async {
        let channel = StubChannel(fault: RenderingError(field: "address", description: "is no mail address"))
        let attempted = await Attempting(channel).attempt(.numbered(1))
        #expect(channel.attempted.isEmpty)
        #expect(attempted.record.state == .rejected)
        #expect(attempted.record.reason == "address: is no mail address")
        #expect(attempted.retry == nil)
    }

    @Test func `a dry run keeps the message byte for byte and attempts nothing`() async {
        let channel = StubChannel()
        let attempted = await Attempting(channel, dryRun: true).attempt(.numbered(1))
        #expect(channel.attempted.isEmpty)
        #expect(attempted.record.state == .dryRun)
        #expect(attempted.record.outcome == "dry_run")
        #expect(attempted.record.content == "To: ada@example.com\r\n\r\nFølg op")
        #expect(attempted.retry == nil)
    }

    @Test func `a dry run also shows what cannot be rendered`() async {
        let channel = StubChannel(fault: RenderingError(field: "address", description: "is no mail address"))
        #expect(await Attempting(channel, dryRun: true).attempt(.numbered(1)).record.state == .rejected)
    }

    @Test func `nothing is sent unless somebody says so`() {
        #expect(Sending.Configuration().isDryRun)
    }
}
