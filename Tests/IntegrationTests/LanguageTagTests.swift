import Foundation
import RemindersDomain
import TestSupport
import Testing

/// The languages of people, by the rule of `LanguageTag`.
@Suite(.timeLimit(.minutes(2))) struct LanguageTagTests {
    /// Texts of parts that are right and wrong.
    private let texts: [String] = {
        var random = SystemRandomNumberGenerator()
        let starts = ["da", "en", "sme", "e", "engl", "EN", "dA", "", "d1", "æb", "x"]
        let pieces = [
            "-", "_", "-GB", "_gb", "-Latn", "-x", "-1994", "-abcdefgh", "-abcdefghi", "-é", "--", " ", "-DK\n", "a",
            "-a1",
            "é", "\u{661}", "-\u{661}2",
        ]
        return (0..<4_000).map { _ in
            (starts.randomElement(using: &random) ?? "")
                + (0..<Int.random(in: 0...5, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                .joined()
        }
    }()

    @Test func `the database takes what is a language, whatever the text`() async throws {
        let scene = try await Scene.make()
        let rule = try await scene.text(
            """
            SELECT string_agg(pg_get_expr(conbin, conrelid), ' AND ') FROM pg_constraint
            WHERE conrelid = 'users'::regclass AND conname LIKE 'users_locale_%'
            """)
        let taken = try await scene.texts(
            "SELECT (\(try #require(rule)))::text FROM unnest($1::text[]) WITH ORDINALITY AS users (locale, place) ORDER BY place",
            [.textArray(texts)])
        #expect(taken.count == texts.count)
        for (text, taken) in zip(texts, taken) {
            #expect(taken == "\(LanguageTag.isValid(text))", "\(text.debugDescription)")
        }
        #expect(taken.count { $0 == "true" } > 100)
    }

    @Test func `so do the contracts`() throws {
        let contracts = Repository.root.appendingPathComponent("contracts")
        var patterns: [String] = []
        for file in ["openapi.json", "schemas/delivery.requested.v1.json"] {
            let text = try String(contentsOf: contracts.appendingPathComponent(file), encoding: .utf8)
            for part in text.components(separatedBy: "\"locale\": {").dropFirst() {
                let schema = part.components(separatedBy: "\"examples\"")[0]
                let pattern = try #require(schema.firstMatch(of: #/"pattern": "([^"]+)"/#), "\(file): \(schema)")
                #expect(schema.contains("\"maxLength\": \(LanguageTag.longest)"), "\(file): \(schema)")
                patterns.append(String(pattern.1))
            }
        }
        #expect(patterns.count >= 5)
        for pattern in Set(patterns) {
            let rule = try Regex(pattern).matchingSemantics(.unicodeScalar)
            for text in texts where text.utf8.count <= LanguageTag.longest {
                #expect((try rule.wholeMatch(in: text) != nil) == LanguageTag.isValid(text), "\(text.debugDescription)")
            }
        }
    }

    @Test func `it has 35 bytes at the most`() {
        for (text, isOne) in [("sme-abcdefg", true), ("sme-abcdefgh", false)] {
            let tag = text + String(repeating: "-abcdefg", count: 3)
            #expect(LanguageTag.isValid(tag) == isOne && tag.utf8.count == (isOne ? 35 : 36))
        }
    }
}
