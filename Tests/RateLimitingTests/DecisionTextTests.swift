import Foundation
import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersRateLimiting

@Suite struct DecisionTextTests {
    @Test func `a decision is kept as its steps, in JSON`() throws {
        let text = DecisionText.json([.unlimited, .rejected(.noChannel, .email)])
        let steps = try JSONDecoder().decode([[String: String]].self, from: Data(text.utf8))
        #expect(steps.count == 2)
        for step in steps {
            #expect(Set(step.keys) == ["rule", "value", "consequence"])
            #expect(step.values.allSatisfy { !$0.isEmpty })
        }
    }

    @Test func `no steps are an empty list`() {
        #expect(DecisionText.json([]) == "[]")
    }
}
