import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersMattermostChannel

@Suite("Posts with several reminders") struct DigestPostTests {
    private func item(
        _ title: String, _ number: Int64 = 8, message: String? = nil, caseID: String = "124", caseTitle: String? = nil,
        url: String? = nil, creator: String? = nil, priority: Priority = .normal, event: StatusChange? = nil
    ) -> ShownReminder {
        ShownReminder(
            deliveryID: DeliveryID(high: 0x0198_c0de_5e1f_7a3b, low: 0x9c4d_2f6b_8a1e_0d58), occurrenceID: number,
            reminderID: 4,
            priority: priority, title: title, message: message, creator: creator,
            about: CaseSummary(
                reference: CaseReference(entityType: "case", id: caseID), title: caseTitle, url: url),
            trigger: event == nil ? .timeBased : .statusChange, event: event, dueAt: Instant(seconds: 1_770_735_600))
    }

    @Test("A digest in Danish is the one in the fixture")
    func danish() throws {
        let post = try MattermostChannel.make().post {
            $0.digest = [
                item(
                    "Ring til Jensen", caseTitle: "Router", url: "https://hub.example.org/sag/124?a=(b)_c",
                    priority: .high),
                item("Toner er bestilt", message: "Hylde 4", event: .init(oldStatus: "ny", newStatus: "i_gang")),
            ]
        }
        try Fixture.expect(post, equals: "danish-digest.json")
    }

    @Test("It is one text with a list, as urgent as the most urgent of them")
    func list() throws {
        let post = try ReadPost(
            MattermostChannel.make().post {
                $0.locale = "en"
                $0.digest = [item("Call back", priority: .urgent)]
            })
        #expect(post.channel == "@anna")
        #expect(post.priority?.priority == "urgent")
        #expect(post.attachments.isEmpty)
        #expect(
            post.text.hasPrefix("**2 reminders**\nThese reminders waited for you and come together.\n\n1. Reminder: F"))
        #expect(post.text.contains("\n2. [Urgent] Reminder: Call back\n   Case 124\n   Time: "))
    }

    @Test("Text that people wrote mentions nobody, formats nothing and starts no line")
    func hostile() throws {
        let attack = "@channel <!channel> **bold** [x](https://evil.example)\n2. [Urgent] ~town-square\n# Head"
        let post = try ReadPost(
            MattermostChannel.make().post {
                $0.title = attack
                $0.digest = [
                    item(
                        attack, message: attack, caseID: attack, caseTitle: attack, url: "javascript:alert(1)",
                        event: .init(oldStatus: attack, newStatus: attack))
                ]
            })
        #expect(!post.text.contains("@channel") && !post.text.contains("<!channel>"))
        #expect(!post.text.contains("~town") && !post.text.contains("**bold") && !post.text.contains("[x]("))
        #expect(!post.text.contains("javascript:"))
        #expect(post.text.split(separator: "\n").count { $0.hasPrefix("2. ") } == 1)
        #expect(!post.text.split(separator: "\n").contains { $0.hasPrefix("#") })
    }

    @Test("What is too long for one post is shown with less of each, but all are there")
    func long() throws {
        let post = try ReadPost(
            MattermostChannel.make().post {
                $0.digest = (2...50).map { number in
                    item(
                        "\(number) " + String(repeating: "t", count: 290), number,
                        message: String(repeating: "m", count: 300), caseTitle: String(repeating: "c", count: 300),
                        url: "https://hub.example.org/" + String(repeating: "u", count: 500),
                        creator: "Bo " + String(repeating: "b", count: 197))
                }
            })
        #expect(post.text.unicodeScalars.count <= 16_383)
        for number in 2...50 { #expect(post.text.contains("\n\(number). Påmindelse: \(number) ttt")) }
        #expect(post.text.split(separator: "\n").count { $0.hasPrefix("   Oprettet af: Bo bbb") } == 49)
        let middling = try ReadPost(
            MattermostChannel.make().post {
                $0.digest = (2...48).map { item("T\($0)", $0, message: String(repeating: "m", count: 300)) }
            })
        #expect(!middling.text.contains("mmm") && middling.text.contains("Sag 124"))
    }
}
