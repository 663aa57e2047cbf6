import SeededRandom
import Testing

@testable import RemindersHTTPConnections

@Suite struct IdleOrderTests {
    @Test func whoeverIsIdleLongestGoesFirstAndStrangersBeforeAll() {
        var order = IdleOrder<Int>()
        order.rest(1, isKnown: true)
        order.rest(2, isKnown: false)
        order.rest(3, isKnown: false)
        order.rest(2, isKnown: false)
        order.rest(4, isKnown: false)
        order.remove(4)
        order.rest(5, isKnown: true)
        order.rest(1, isKnown: true)
        #expect([order.takeFirst(), order.takeFirst(), order.takeFirst(), order.takeFirst()] == [3, 2, 5, 1])
        #expect(order.takeFirst() == nil)
        #expect(order.count == 0)
    }

    /// Against a list that is searched from the front.
    @Test func itIsAsAPlainListWouldBe() {
        var random = SeededGenerator(seed: 1)
        var order = IdleOrder<Int>()
        var list: [(id: Int, isKnown: Bool)] = []
        for _ in 0..<20_000 {
            let id = Int.random(in: 0..<50, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<5:
                let isKnown = Bool.random(using: &random)
                order.rest(id, isKnown: isKnown)
                list.removeAll { $0.id == id }
                list.append((id, isKnown))
            case 5..<7:
                order.remove(id)
                list.removeAll { $0.id == id }
            default:
                let index = list.firstIndex { !$0.isKnown } ?? list.indices.first
                #expect(order.takeFirst() == index.map { list[$0].id })
                if let index { list.remove(at: index) }
            }
            #expect(order.count == list.count)
        }
    }
}
