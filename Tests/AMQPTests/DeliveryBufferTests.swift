import Testing

@testable import RemindersAMQP

struct DeliveryBufferTests {
    private let buffer = DeliveryBuffer()

    private func deliveries(_ tags: ClosedRange<UInt64>) -> [Delivery] {
        tags.map { Delivery(body: [], tag: $0) }
    }

    @Test func givesAllThatIsThereUpToTheLimit() async {
        #expect(buffer.append(deliveries(1...5)).isEmpty)
        #expect(await buffer.next(upTo: 3)?.map(\.tag) == [1, 2, 3])
        #expect(await buffer.next(upTo: 3)?.map(\.tag) == [4, 5])
    }

    @Test func whoWaitsGetsWhatArrives() async {
        async let waiting = buffer.next(upTo: 10)
        // Whether it waits already or comes later, it gets the same.
        _ = buffer.append(deliveries(1...2))
        #expect(await waiting?.map(\.tag) == [1, 2])
    }

    @Test func everyDeliveryGoesToExactlyOneOfMany() async {
        let taken = await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { [buffer] in
                    var tags: [UInt64] = []
                    while let batch = await buffer.next(upTo: 7) { tags += batch.map(\.tag) }
                    return tags
                }
            }
            for start in stride(from: UInt64(1), to: 1001, by: 10) { _ = buffer.append(deliveries(start...start + 9)) }
            // Ends the waiting only when all is taken.
            while !buffer.isEmpty { await Task.yield() }
            _ = buffer.finish()
            return await group.reduce(into: [UInt64]()) { $0 += $1 }
        }
        #expect(taken.sorted() == Array(1...1000))
    }

    @Test func finishEndsWaitingAndGivesBackTheRest() async {
        async let waiting = buffer.next(upTo: 1)
        _ = buffer.finish()
        #expect(await waiting == nil)
        #expect(await buffer.next(upTo: 1) == nil)
        #expect(buffer.append(deliveries(1...2)).map(\.tag) == [1, 2])

        let other = DeliveryBuffer()
        _ = other.append(deliveries(1...3))
        #expect(other.finish().map(\.tag) == [1, 2, 3])
    }

    @Test func aCancelledTaskGetsNothingAndTakesNothing() async {
        let task = Task { [buffer] in await buffer.next(upTo: 1) }
        task.cancel()
        #expect(await task.value == nil)
        _ = buffer.append(deliveries(1...1))
        #expect(await buffer.next(upTo: 1)?.count == 1)
    }

    @Test func forgetsWhatALostConnectionDelivered() async {
        _ = buffer.append(deliveries(1...3))
        buffer.forget()
        _ = buffer.append(deliveries(4...4))
        #expect(await buffer.next(upTo: 9)?.map(\.tag) == [4])
    }
}
