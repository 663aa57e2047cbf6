import RemindersDomain
import Testing

@Suite("What trigger_config says")
struct TriggerConfigurationTests {
    private typealias Members = [(name: String, value: TriggerConfiguration.Value)]

    private func problems(_ trigger: Trigger, _ members: Members) -> [String] {
        do {
            _ = try TriggerConfiguration(trigger, members)
            return []
        } catch {
            #expect(error.all.allSatisfy { !$0.problem.isEmpty && !$0.fix.isEmpty && !$0.description.isEmpty })
            return error.all.map { $0.field ?? "whole" }
        }
    }

    @Test("a lead time of days, hours and minutes; 24 hours without any")
    func leadTimes() throws {
        #expect(try TriggerConfiguration(.deadlineApproaching, []) == .deadline(.standard))
        let lead = try #require(LeadTime(days: 1, hours: 2, minutes: 30))
        let members: Members = [
            ("days_before", .number("1")), ("minutes_before", .number("30")), ("hours_before", .number("2")),
        ]
        #expect(try TriggerConfiguration(.deadlineApproaching, members) == .deadline(lead))
    }

    @Test("a status to enter, one to leave, both or neither")
    func statuses() throws {
        #expect(try TriggerConfiguration(.statusChange, []) == .status(StatusCondition()))
        #expect(
            try TriggerConfiguration(.statusChange, [("target_status", .text("i_gang")), ("from_status", .text("ny"))])
                == .status(StatusCondition(target: "i_gang", from: "ny")))
        #expect(try TriggerConfiguration(.timeBased, []) == .time)
    }

    @Test("every problem is named, with its field")
    func allProblems() {
        #expect(
            problems(
                .deadlineApproaching,
                [
                    ("days_before", .number("1.5")), ("hours_before", .text("2")), ("minutes_before", .number("-1")),
                    ("days", .number("1")),
                ]) == ["days_before", "hours_before", "minutes_before", "days"])
        for value in ["", "+1", "1e2", "3651", "99999999999999999999", "٣"] {
            #expect(problems(.deadlineApproaching, [("days_before", .number(value))]) == ["days_before"], "\(value)")
        }
        #expect(problems(.deadlineApproaching, [("days_before", .other)]) == ["days_before"])
        #expect(problems(.deadlineApproaching, [("days_before", .number("0"))]) == ["whole"])
        #expect(
            problems(.deadlineApproaching, [("days_before", .number("1")), ("days_before", .number("2"))])
                == ["days_before"])
        #expect(
            problems(.statusChange, [("target_status", .text("")), ("from_status", .number("1")), ("to", .text("x"))])
                == ["target_status", "from_status", "to"])
        #expect(problems(.statusChange, [("target_status", .text(String(repeating: "é", count: 100)))]) == [])
        #expect(
            problems(.statusChange, [("target_status", .text(String(repeating: "é", count: 101)))])
                == ["target_status"])
        #expect(problems(.timeBased, [("target_status", .text("done"))]) == ["target_status"])
    }

    @Test("a condition is met by the change it is about")
    func conditions() {
        #expect(StatusCondition().isMet(from: nil, to: "open"))
        #expect(!StatusCondition().isMet(from: "open", to: "open"))
        #expect(StatusCondition(target: "done").isMet(from: "open", to: "done"))
        #expect(!StatusCondition(target: "done").isMet(from: "done", to: "open"))
        #expect(StatusCondition(from: "open").isMet(from: "open", to: "x"))
        #expect(!StatusCondition(from: "open").isMet(from: nil, to: "x"))
    }
}
