import Testing

@testable import RemindersAMQP

struct ConfirmWindowTests {
    private func settled(_ window: inout ConfirmWindow<String>, _ tag: UInt64, multiple: Bool = false) -> [String] {
        var tokens: [String] = []
        window.settle(tag, multiple: multiple) { tokens.append($0) }
        return tokens
    }

    private func window(_ count: Int) -> ConfirmWindow<String> {
        var window = ConfirmWindow<String>()
        for number in 1...count { window.append("m\(number)") }
        return window
    }

    @Test func countsFromOne() {
        var window = ConfirmWindow<String>()
        #expect(window.append("a") == 1)
        #expect(window.append("b") == 2)
    }

    @Test func settlesOneInTheMiddleAndKeepsItsPlaceInTheWindow() {
        var window = window(3)
        #expect(settled(&window, 2) == ["m2"])
        #expect(window.count == 3)
        #expect(settled(&window, 1) == ["m1"])
        #expect(window.count == 1)
        #expect(window.append("m4") == 4)
        #expect(settled(&window, 4) == ["m4"])
    }

    @Test func multipleSettlesAllBeforeThatAreOpen() {
        var window = window(5)
        #expect(settled(&window, 2) == ["m2"])
        #expect(settled(&window, 4, multiple: true) == ["m1", "m3", "m4"])
        #expect(window.count == 1)
    }

    @Test func zeroWithMultipleMeansAll() {
        var window = window(3)
        #expect(settled(&window, 0, multiple: true) == ["m1", "m2", "m3"])
    }

    @Test(arguments: [(UInt64(1), false), (1, true), (9, false), (9, true), (0, false)])
    func ignoresWhatItDoesNotKnow(tag: UInt64, multiple: Bool) {
        var window = window(2)
        _ = settled(&window, 1)
        #expect(settled(&window, tag, multiple: multiple) == [])
        #expect(settled(&window, 2) == ["m2"])
    }

    @Test func ignoresEverythingWhileEmpty() {
        var window = ConfirmWindow<String>()
        #expect(settled(&window, 0, multiple: true) == [])
        #expect(settled(&window, 1) == [])
    }

    @Test func findsReturnedMessagesInTheOrderOfTheirPublishing() {
        var window = ConfirmWindow<(key: String, number: Int)>()
        for (number, key) in ["a", "b", "a", "b"].enumerated() { window.append((key, number)) }
        #expect(window.returned { $0.key == "b" }?.number == 1)
        #expect(window.returned { $0.key == "b" }?.number == 3)
        #expect(window.returned { $0.key == "b" } == nil)
        window.append(("b", 4))
        #expect(window.returned { $0.key == "b" }?.number == 4)
    }

    @Test func doesNotTakeASettledMessageForTheReturnedOne() {
        var window = window(2)
        _ = settled(&window, 1)
        #expect(window.returned { _ in true } == "m2")
    }

    @Test func startsAgainFromOneAfterAReset() {
        var window = window(3)
        _ = settled(&window, 2)
        var lost: [String] = []
        window.reset { lost.append($0) }
        #expect(lost == ["m1", "m3"])
        #expect(window.append("new") == 1)
        #expect(window.returned { _ in true } == "new")
    }

    @Test func survivesManyRounds() {
        var window = ConfirmWindow<Int>()
        var confirmed = 0
        for round in 0..<1000 {
            for number in 0..<7 { window.append(round * 7 + number) }
            window.settle(UInt64(round * 7 + 5), multiple: true) {
                #expect($0 == confirmed)
                confirmed += 1
            }
        }
        #expect(window.count == 2)
    }
}
