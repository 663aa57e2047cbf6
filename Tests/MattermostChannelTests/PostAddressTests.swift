import RemindersSending
import Testing

@testable import RemindersMattermostChannel

@Suite("Where a post goes") struct PostAddressTests {
    @Test(
        "Users and channels are told apart",
        arguments: [
            ("anna", "@anna"), ("@anna", "@anna"), ("Anna.B-c_1", "@anna.b-c_1"), ("~town-square", "town-square"),
            ("#support", "support"),
        ])
    func names(_ address: String, _ channel: String) throws {
        #expect(try ReadPost(MattermostChannel.make().post { $0.address = address }).channel == channel)
    }

    @Test("Without an address it goes to the channel that is set, or to the webhook's own")
    func defaults() throws {
        #expect(try ReadPost(MattermostChannel.make().post { $0.address = nil }).channel == nil)
        #expect(try ReadPost(MattermostChannel.make(defaultChannel: "~ops").post { $0.address = nil }).channel == "ops")
        #expect(try ReadPost(MattermostChannel.make(defaultChannel: "~ops").post()).channel == "@anna")
    }

    @Test(
        "What can't be a name is refused",
        arguments: [
            "", "@", "~", "an na", "anna\n", "anna\",\"text\":\"x", "ånna", "@@anna", "~a.b", "all", "@channel", "here",
            String(repeating: "a", count: 65), "a/b", "#~a", "\u{200B}anna",
        ])
    func refused(_ address: String) throws {
        let channel = try MattermostChannel.make()
        do {
            _ = try channel.post { $0.address = address }
            Issue.record("\(address) was taken")
        } catch let error as RenderingError {
            #expect(error.field == "address")
        }
    }
}
