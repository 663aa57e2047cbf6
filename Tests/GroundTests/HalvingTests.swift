import RemindersGround
import Testing

@Suite("Halving") struct HalvingTests {
    /// Runs a batch in which the `poisoned` are refused, and counts the tries.
    private func run(_ count: Int, poisoned: Set<Int>) -> (took: [Int], refused: [Int], tries: Int) {
        var halving = Halving(Array(0..<count))
        var took: [Int] = []
        var refused: [Int] = []
        var tries = 0
        while let part = halving.next() {
            tries += 1
            if poisoned.isDisjoint(with: part) {
                took += part
            } else if let element = halving.refused() {
                refused.append(element)
            }
        }
        return (took, refused, tries)
    }

    @Test func nothingRefusedIsOneTry() {
        let result = run(200, poisoned: [])
        #expect(result.took == Array(0..<200))
        #expect(result.tries == 1)
        #expect(run(0, poisoned: []).tries == 0)
    }

    @Test(arguments: [0, 1, 100, 199]) func oneOfManyIsFoundQuickly(_ poison: Int) {
        let result = run(200, poisoned: [poison])
        #expect(result.refused == [poison])
        #expect(result.took == (0..<200).filter { $0 != poison })
        #expect(result.tries <= 2 * 8 + 1)
    }

    @Test func whateverIsRefusedTheRestIsTakenInOrder() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let count = Int.random(in: 1...60, using: &random)
            let poisoned = Set((0..<Int.random(in: 0...count, using: &random)).map { _ in Int.random(in: 0..<count) })
            let result = run(count, poisoned: poisoned)
            #expect(result.refused == poisoned.sorted())
            #expect(result.took == (0..<count).filter { !poisoned.contains($0) })
        }
    }

    @Test func whatIsNotTriedIsLeft() {
        var halving = Halving([1, 2, 3, 4])
        #expect(halving.next() == [1, 2, 3, 4])
        #expect(halving.refused() == nil)
        #expect(halving.next() == [1, 2])
        #expect(halving.rest == [3, 4])
        #expect(halving.refused() == nil)
        #expect(halving.next() == [1])
        #expect(halving.rest == [2, 3, 4])
    }
}
