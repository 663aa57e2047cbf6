import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// Titles of which nothing can be seen, as the database refuses them.
@Suite(.timeLimit(.minutes(1))) struct VisibleTitleTests {
    @Test func `the database sees what the programs see, of every character`() async throws {
        let scene = try await Scene.make()
        // All planes that have something in them, but for those of ideographs and for private use.
        let seen = Set(
            try await scene.texts(
                """
                SELECT n::text FROM generate_series(1, 921600) n
                WHERE n NOT BETWEEN 55296 AND 57343 AND n NOT BETWEEN 131072 AND 917503 AND NOT is_visible(chr(n))
                """))
        let numbers = [1...0xD7FF, 0xE000...0x1FFFF, 0xE0000...921_600] as [ClosedRange<UInt32>]
        let expected = Set(
            numbers.joined().compactMap(Unicode.Scalar.init).filter { VisibleText.isInvisible(String($0)) }
                .map { "\($0.value)" })
        let differences = seen.symmetricDifference(expected)
        #expect(differences.isEmpty)
    }

    @Test(arguments: ["' '", "chr(8203)", "chr(12644) || chr(8238)", "E'\\t'"])
    func `a title of which nothing can be seen is refused by name`(title: String) async throws {
        let scene = try await Scene.make()
        for (table, statement) in [
            (
                "sag_reminders",
                "INSERT INTO sag_reminders (sag_id, title, recipient_user_ids) VALUES ('1', \(title), '{1}')"
            ),
            ("cases", "INSERT INTO cases (entity_type, id, title) VALUES ('case', '1', \(title))"),
        ] {
            let error = await #expect(throws: PostgresError.self) { try await scene.run(statement) }
            #expect(error?.message == "\(table).title has nothing that can be seen" && error?.column == "title")
        }
        try await scene.run("INSERT INTO cases (entity_type, id, title) VALUES ('case', '1', 'a')")
        await #expect(throws: PostgresError.self) { try await scene.run("UPDATE cases SET title = \(title)") }
    }

    @Test func `one that was there before stays until it is changed`() async throws {
        let scene = try await Scene.make()
        for statement in [
            "ALTER TABLE cases DISABLE TRIGGER titles_are_visible",
            "INSERT INTO cases (entity_type, id, title) VALUES ('case', '1', ' ')",
            "ALTER TABLE cases ENABLE TRIGGER titles_are_visible", "UPDATE cases SET title = title, status = 'open'",
        ] {
            try await scene.run(statement)
        }
        await #expect(throws: PostgresError.self) { try await scene.run("UPDATE cases SET title = '  '") }
    }
}
