import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersMattermostChannel

/// Who had somebody reminded is said in the post.
@Suite("Posts that somebody else caused") struct CreatorTests {
    @Test(
        "Name them, in every language",
        arguments: [("en", "Created by"), ("da", "Oprettet af"), ("de", "Erstellt von")])
    func named(locale: String, label: String) throws {
        let post = try ReadPost(
            MattermostChannel.make().post {
                $0.locale = locale
                $0.creator = "@all *Bo*"
            })
        let field = try #require(post.attachments.first?.fields.first { $0.title == label })
        #expect(field.value.hasSuffix("Bo\\*") && !field.value.contains("@all"))
        let own = try ReadPost(MattermostChannel.make().post { $0.locale = locale })
        #expect(own.attachments.first?.fields.contains { $0.title == label } == false)
    }
}
