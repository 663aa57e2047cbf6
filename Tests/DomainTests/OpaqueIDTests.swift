import Testing

@testable import RemindersDomain

@Suite("Ids are equal byte by byte") struct OpaqueIDTests {
    /// Each two are canonically equivalent, and so equal as `String`s.
    static let pairs = [
        ("å", "a\u{30A}"), ("é", "e\u{301}"), ("Å", "\u{212B}"), ("K", "\u{212A}"), ("Ω", "\u{2126}"), (";", "\u{37E}"),
        ("가", "\u{1100}\u{1161}"), ("ạ\u{307}", "a\u{307}\u{323}"),
    ]

    @Test("What Unicode calls equivalent are two ids", arguments: pairs)
    func equivalent(_ one: String, _ other: String) {
        #expect(one == other)
        let (first, second) = (OpaqueID(one), OpaqueID(other))
        #expect(first != second && first == OpaqueID(one))
        #expect(Set([first, second, OpaqueID(one)]).count == 2)
        #expect((first < second) != (second < first))
        #expect(Recipient.user(one) != Recipient.user(other))
        #expect(Set([Recipient.user(one), .user(other)]).count == 2)
        #expect(Recipient(key: one) == .user(one))
        let (left, right) = (CaseReference(entityType: "case", id: one), CaseReference(entityType: "case", id: other))
        #expect(left != right && Set([left, right, left]).count == 2)
        #expect(!one.hasSameBytes(as: other))
        #expect(StatusCondition(target: one).isMet(from: nil, to: one))
        #expect(!StatusCondition(target: one).isMet(from: nil, to: other))
        #expect(!StatusCondition(from: one).isMet(from: other, to: "x"))
        #expect(StatusCondition().isMet(from: one, to: other))
    }

    @Test("Ids are in the order of their bytes")
    func order() {
        #expect(
            ["b", "a\u{30A}", "a", "å", "", "B"].map { OpaqueID($0) }.sorted().map(\.text.utf8.count) == [
                0, 1, 1, 3, 1, 2,
            ])
    }

    @Test(
        "A user and an address are never one recipient",
        arguments: ["mailto:anna@example.org", "mailto:", "mailto:\u{301}x", "mailto:MAILTO:x"])
    func nameSpaces(_ id: String) {
        #expect(Recipient.isReserved(id))
        let user = Recipient.user(id)
        let address = Recipient(key: id)
        #expect(address.address != nil && address.userID == nil && address.key == id)
        #expect(user.address == nil && user.userID == OpaqueID(id))
        #expect(user != address && user.key != address.key)
        #expect(Recipient(key: user.key).address == nil)
    }

    @Test(
        "Other ids are their own keys",
        arguments: ["1", "Erased:x", "MAILTO:x", "user:mailto:x", " mailto:x", "mailto", "m"])
    func ownKeys(_ id: String) {
        #expect(!Recipient.isReserved(id))
        #expect(Recipient.user(id).key == id && Recipient(key: id) == .user(id))
    }
}
