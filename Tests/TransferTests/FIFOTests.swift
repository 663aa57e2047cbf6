import Testing

@testable import RemindersTransfer

@Suite("The queue of what waits")
struct FIFOTests {
    @Test("gives back in order, what was put before first")
    func order() {
        var queue = FIFO<Int>()
        for number in 0..<5000 { queue.append(number) }
        #expect(queue.popFirst() == 0)
        queue.prepend(-1)
        #expect(queue.count == 5000)
        #expect(queue.popFirst() == -1)
        var seen: [Int] = []
        while let number = queue.popFirst() {
            seen.append(number)
            if number % 7 == 0, number < 5000 { queue.append(number + 10_000) }
        }
        #expect(seen.prefix(4999).elementsEqual(1..<5000))
        #expect(seen.dropFirst(4999).elementsEqual(stride(from: 7, to: 5000, by: 7).map { $0 + 10_000 }))
        #expect(queue.isEmpty)
    }
}
