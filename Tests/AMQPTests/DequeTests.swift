import Testing

@testable import RemindersAMQP

struct DequeTests {
    @Test func behavesLikeAnArrayThroughAnyMixOfUse() {
        var random = SplitMix(state: 1)
        var deque = Deque<Int>()
        var array: [Int] = []
        for number in 0..<5000 {
            if Int.random(in: 0..<5, using: &random) < 3 {
                deque.append(number)
                array.append(number)
            } else {
                #expect(deque.popFirst() == (array.isEmpty ? nil : array.removeFirst()))
            }
            #expect(deque.count == array.count)
            #expect(deque.first == array.first)
            if let last = array.last { #expect(deque[array.count - 1] == last) }
        }
    }
}
