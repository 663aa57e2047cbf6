import RemindersContracts
import RemindersDomain
import RemindersSending
import RemindersTransfer
import Testing

@testable import RemindersMattermostChannel
@testable import RemindersWording

@Suite("Configuration and outcomes") struct ChannelTests {
    @Test("Everything that is wrong is named at once, without the values")
    func everythingAtOnce() {
        let error = #expect(throws: ChannelConfigurationError.self) {
            try MattermostConfiguration(
                webhookURL: "http://chat.example.org/hooks/s3cr3t", defaultChannel: "not a name", username: "",
                iconURL: "javascript:x")
        }
        #expect(error?.problems.map(\.field) == ["webhookURL", "defaultChannel", "username", "iconURL"])
        #expect(error.map { "\($0)" }?.contains("s3cr3t") == false)
    }

    @Test("Clear text is for receivers that were allowed it")
    func clearText() throws {
        _ = try MattermostConfiguration(webhookURL: "http://127.0.0.1:8065/hooks/x", allowsClearText: true)
    }

    @Test("Printing a configuration doesn't show the webhook")
    func secret() throws {
        let configuration = try MattermostConfiguration(webhookURL: "https://chat.example.org/hooks/s3cr3t")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!"\(configuration)\(dumped)".contains("s3cr3t"))
    }

    private func outcome(
        _ end: TransferResult.Outcome, _ fault: TransferResult.Fault = .none, _ reply: String = "", body: String = "",
        to address: String? = "@anna", secret: String = "s3cr3t"
    ) -> AttemptOutcome {
        MattermostChannel.outcome(end, fault: fault, reply: reply, body: body, to: address, secret: secret)
    }

    @Test("The end of a request is the outcome of the attempt, its reply cut and without the webhook's secret")
    func outcomes() {
        #expect(outcome(.delivered, .none, "200 OK") == .delivered(reply: "200 OK"))
        #expect(
            outcome(.rejected, .none, "422 No: {\"hook_id\":\"s3cr3t\",\"id\":\"s3cr3t\"}")
                == .rejected(reply: "422 No: {\"hook_id\":\"…\",\"id\":\"…\"}"))
        #expect(outcome(.deferred(after: .seconds(9)), .none, "429") == .deferred(after: .seconds(9), reply: "429"))
        #expect(outcome(.unknown, .none, String(repeating: "x", count: 600)).reply.count == 500)
        #expect(outcome(.rejected, .none, "400", secret: "") == .rejected(reply: "400"))
    }

    @Test("A name that nobody has is the person's fault, a webhook that is gone the operator's, whatever the status")
    func faults() {
        func body(_ id: String) -> String {
            #"{"id":"web.incoming_webhook.\#(id).app_error","message":"…","status_code":400}"#
        }
        for fault in [TransferResult.Fault.policy, .settings] {
            let end: TransferResult.Outcome = fault == .settings ? .deferred(after: nil) : .rejected
            #expect(outcome(end, fault, body: body("user")) == .rejected(reply: ""))
            #expect(outcome(end, fault, body: body("channel"), to: "~gone") == .rejected(reply: ""))
            #expect(outcome(end, fault, body: body("channel"), to: nil) == .blocked(reply: ""))
            #expect(outcome(end, fault, body: body("text")) == .rejected(reply: ""))
            for id in ["invalid", "disabled", "channel_locked", "permissions", "general"] {
                #expect(outcome(end, fault, body: body(id)) == .blocked(reply: ""), "\(id)")
            }
        }
        // A proxy before it, or something else altogether.
        #expect(outcome(.deferred(after: nil), .settings, body: "<h1>Not Found</h1>") == .blocked(reply: ""))
        #expect(outcome(.rejected, .policy, body: "no") == .refusedByPolicy(reply: ""))
    }

    @Test("Without a webhook or client no attempt counts")
    func noWebhook() async throws {
        for channel in [
            try MattermostChannel.make(),
            MattermostChannel(configuration: try MattermostConfiguration(webhookURL: nil), client: nil),
        ] {
            let request = Draft().request
            let outcome = await channel.attempt(request, message: try channel.render(request))
            #expect(outcome == .blocked(reply: "no Mattermost webhook is configured"))
            #expect(channel.kind == .mattermost)
        }
    }

    @Test(
        "Only http and https become links",
        arguments: [
            "javascript:alert(1)", "data:text/html,x", "ftp://example.org", "https://", "https://x\\@y/",
            "https://x@y/",
        ])
    func links(_ url: String) throws {
        #expect(try ReadPost(MattermostChannel.make().post { $0.url = url }).attachments[0].titleLink == nil)
    }

    @Test(
        "What was accepted as a link is shown",
        arguments: [
            "https://x/it's(1)?a=b&c='d'#e;f", "https://x/a b\"><script>", "http://x:8080/æ",
            "https://[::1]/a[0]|{}\\^`",
        ])
    func acceptedLinks(_ url: String) throws {
        let link = try WebLink(url).text
        #expect(try ReadPost(MattermostChannel.make().post { $0.url = url }).attachments[0].titleLink == link)
    }

    @Test("The title with a link is shown as it is, without one as Markdown")
    func title() throws {
        let linked = try ReadPost(MattermostChannel.make().post { $0.caseTitle = "i_gang & *x*" })
        #expect(linked.attachments[0].title == "Sag 123: i_gang & *x*")
        let unlinked = try ReadPost(
            MattermostChannel.make().post {
                $0.caseTitle = "i_gang & *x*"
                $0.url = nil
            })
        #expect(unlinked.attachments[0].title == "Sag 123: i\\_gang &amp; \\*x\\*")
    }

    @Test("A zone that doesn't exist is UTC, and a language that isn't there the one that is set")
    func fallbacks() throws {
        let post = try ReadPost(
            MattermostChannel.make(defaultLocale: .german).post {
                $0.timeZone = "Mars/Olympus"
                $0.locale = "sv"
            })
        #expect(post.attachments[0].fields.map(\.value).contains("Dienstag, 10. Februar 2026, 14:30 Uhr (UTC)"))
        #expect(post.text == "Erinnerung: Følg op på den nye router")
    }

    @Test("Every word is there in every language")
    func words() {
        for locale in ReminderLocale.allCases {
            let words = ReminderWords[locale]
            let all =
                Trigger.allCases.map(words.heading) + Priority.allCases.map(words.name(of:))
                + ["case", "task", "bug", "project"].map(words.name(ofEntity:)) + [
                    words.status, words.due, words.priority,
                ]
            #expect(all.allSatisfy { !$0.isEmpty })
        }
    }
}
