import Foundation
import TestSupport
import Testing

@testable import RemindersStore

@Suite struct StatementTests {
    @Test func `every statement has a name of its own`() {
        let names = SQL.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.first?.isLowercase == true })
    }

    @Test func `no two statements have the same text`() {
        // Statements are prepared by their text: two names for one text would hide that one of them is superfluous.
        let texts = SQL.all.map(\.sql)
        #expect(Set(texts).count == texts.count)
    }

    @Test(arguments: SQL.all.map(\.name)) func `parameters are numbered from 1 without a gap`(name: String) throws {
        let statement = try #require(SQL.all.first { $0.name == name })
        let numbers = Set(statement.sql.matches(of: #/\$(\d+)/#).compactMap { Int($0.1) })
        #expect(numbers.sorted() == Array(1..<numbers.count + 1))
    }

    @Test(arguments: SQL.all.map(\.name)) func `a statement is one statement`(name: String) throws {
        let statement = try #require(SQL.all.first { $0.name == name })
        #expect(!statement.sql.contains(";"))
    }

    @Test func `lines of the log are of the kinds that their table takes`() throws {
        let baseline = Repository.root.appendingPathComponent("migrations/0001_baseline.sql")
        let text = try String(contentsOf: baseline, encoding: .utf8)
        let table = try #require(text.range(of: "CREATE TABLE sag_reminder_logs"))
        let check = try #require(text[table.upperBound...].firstMatch(of: #/CHECK \(kind IN \(([^)]*)\)\)/#))
        #expect(
            Set(check.1.matches(of: #/'(\w+)'/#).map { String($0.1) }) == Set(LogKind.allCases.map(\.rawValue)))
    }

    @Test func `values go with the statement and never into its text`() {
        let query = SQL.timeZoneOfUser("O'Brien")
        #expect(query.sql == SQL.timeZoneOfUser.sql)
        #expect(query.parameters == [.text("O'Brien")])
    }
}
