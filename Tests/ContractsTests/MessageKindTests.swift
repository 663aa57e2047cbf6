import Testing

@testable import RemindersContracts

@Suite("Types of messages")
struct MessageKindTests {
    @Test("are known by name and version", arguments: MessageKind.allCases)
    func known(_ kind: MessageKind) throws {
        #expect(try MessageKind(type: kind.rawValue) == kind)
        try kind.require(type: kind.rawValue)
        try kind.require(type: nil)
    }

    @Test("of another version are refused as that", arguments: ["reminder.due.v2", "delivery.logged.v10"])
    func otherVersion(_ type: String) {
        let error = #expect(throws: ContractError.self) { try MessageKind(type: type) }
        #expect(error?.code == .unsupportedVersion)
        #expect(error?.description.contains(type) == true)
        #expect(throws: ContractError.self) { try MessageKind.reminderDue.require(type: type) }
    }

    @Test(
        "that nobody knows are refused",
        arguments: ["", "reminder.due", "reminder.due.v", "x.reminder.due.v1", "Reminder.Due.v1", "reminder.due.vx"])
    func unknown(_ type: String) {
        let error = #expect(throws: ContractError.self) { try MessageKind(type: type) }
        #expect(error?.code == .unknownType)
        #expect(error?.description.contains("reminder.due.v1, delivery.requested.v1, delivery.logged.v1") == true)
    }

    @Test("of another queue are refused")
    func wrongQueue() {
        let error = #expect(throws: ContractError.self) {
            try MessageKind.reminderDue.require(type: "delivery.logged.v1")
        }
        #expect(error?.code == .unknownType)
    }
}
