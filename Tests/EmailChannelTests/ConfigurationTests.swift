import RemindersDomain
import RemindersHandover
import RemindersSending
import RemindersTransfer
import Testing

@testable import RemindersEmailChannel

@Suite("Configuration and outcomes") struct ConfigurationTests {
    @Test("Everything that is wrong is named at once, without the values")
    func everythingAtOnce() {
        let error = #expect(throws: ChannelConfigurationError.self) {
            try EmailConfiguration(
                fromAddress: "secretary", fromName: "A\r\nBcc: x", replyTo: "also nobody")
        }
        #expect(error?.problems.map(\.field) == ["fromAddress", "fromName", "replyTo"])
        #expect(error.map { "\($0)" }?.contains("secret") == false)
    }

    @Test("The domain of message ids is that of the sender unless it is set", arguments: [nil, "mail.example.net"])
    func domain(_ domain: String?) throws {
        let configuration = try EmailConfiguration(fromAddress: "a@example.org", messageIDDomain: domain)
        #expect(configuration.messageIDDomain == domain ?? "example.org")
    }

    @Test(
        "A domain that can't stand in a message id is refused",
        arguments: ["", "a b", "-a.example", "a..b", "exæmple.org", "a>"])
    func badDomain(_ domain: String) {
        #expect(throws: ChannelConfigurationError.self) {
            try EmailConfiguration(fromAddress: "a@example.org", messageIDDomain: domain)
        }
    }

    @Test("The end of a transfer is the outcome of the attempt, its reply cut")
    func outcomes() {
        let long = String(repeating: "x", count: 600)
        #expect(AttemptOutcome(.delivered, reply: "250 ok") == .delivered(reply: "250 ok"))
        #expect(AttemptOutcome(.rejected, reply: "550 no") == .rejected(reply: "550 no"))
        #expect(AttemptOutcome(.rejected, fault: .policy, reply: "554") == .refusedByPolicy(reply: "554"))
        #expect(AttemptOutcome(.deferred(after: nil), fault: .settings, reply: "535") == .blocked(reply: "535"))
        #expect(AttemptOutcome(.deferred(after: .seconds(3)), reply: "") == .deferred(after: .seconds(3), reply: ""))
        #expect(AttemptOutcome(.unknown, reply: long).reply.count == 500)
    }

    @Test("Without a server no attempt counts")
    func noServer() async throws {
        let channel = try EmailChannel.make()
        let request = Draft().request
        let outcome = await channel.attempt(request, message: try channel.render(request))
        #expect(outcome == .blocked(reply: "no mail server is configured"))
        #expect(channel.kind == .email)
    }

    @Test("What is rendered is what the driver for mail takes")
    func driverTakesIt() throws {
        let content = try EmailChannel.make().mail { $0.message = ".\n.\r\n\r.\n" }
        #expect(throws: Never.self) {
            try Mail(sender: "noreply@hub.example.org", recipient: "anna@example.org", content: content)
        }
    }
}
