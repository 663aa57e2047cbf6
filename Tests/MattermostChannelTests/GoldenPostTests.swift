import Foundation
import RemindersDomain
import Testing

@testable import RemindersMattermostChannel

@Suite("Whole posts") struct GoldenPostTests {
    @Test("A post in Danish is the one in the fixture")
    func danish() throws {
        try Fixture.expect(MattermostChannel.make().post { $0.priority = .high }, equals: "danish-high.json")
    }

    @Test("An urgent post in English about a status change is the one in the fixture")
    func english() throws {
        let channel = try MattermostChannel.make(
            username: "Reminders", iconURL: "https://hub.example.org/icon.png",
            caseBaseURL: "https://hub.example.org/go/")
        let post = try channel.post {
            $0.address = "~support"
            $0.locale = "en-GB"
            $0.timeZone = "America/New_York"
            $0.priority = .urgent
            $0.title = "Printer is down"
            $0.reference = CaseReference(entityType: "bug", id: "a/b c")
            $0.caseTitle = nil
            $0.url = nil
            $0.trigger = .statusChange
            $0.event = .init(oldStatus: "open", newStatus: "in_progress")
        }
        try Fixture.expect(post, equals: "english-urgent.json")
    }

    @Test("A post in German without anything that may be missing is the one in the fixture")
    func german() throws {
        let post = try MattermostChannel.make().post {
            $0.address = nil
            $0.locale = "de"
            $0.priority = .low
            $0.title = "Angebot für Müller fertigstellen"
            $0.message = nil
            $0.reference = CaseReference(entityType: "task", id: "A-7_3")
            $0.caseTitle = nil
            $0.status = nil
            $0.url = nil
            $0.trigger = .deadlineApproaching
            $0.dueAt = "2026-07-01T22:05:00Z"
        }
        try Fixture.expect(post, equals: "german-low.json")
    }

    @Test("Equal deliveries give equal bytes, from any channel")
    func deterministic() throws {
        let one = try MattermostChannel.make()
        let first = try one.post()
        #expect(try one.post { $0.title = "Another" } != first)
        #expect(try one.post() == first)
        #expect(try MattermostChannel.make().post() == first)
    }

    @Test("No key but these is written: props and what else a webhook takes are not for users to set")
    func keys() throws {
        let content = try MattermostChannel.make(username: "R", iconURL: "https://example.org/i.png").post {
            $0.priority = .urgent
            $0.title = "\",\"props\":{\"from_webhook\":\"false\"},\"x\":\""
        }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(content)) as? [String: Any])
        #expect(Set(object.keys) == ["channel", "username", "icon_url", "priority", "text", "attachments"])
    }

    @Test("Priorities have a colour each, and the two upper ones a priority of Mattermost")
    func priorities() throws {
        let posts = try Priority.allCases.map { priority in
            try ReadPost(MattermostChannel.make().post { $0.priority = priority })
        }
        #expect(posts.map { $0.priority?.priority } == [nil, nil, "important", "urgent"])
        #expect(Set(posts.map { $0.attachments[0].color }).count == 4)
    }
}
