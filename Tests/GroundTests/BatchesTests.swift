import RemindersGround
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct BatchesTests {
    /// Holds batches back until it is opened, and remembers them.
    private final class Desk: Sendable {
        let gate = Gate()
        let batches = Mutex<[[Int]]>([])

        func answer(_ batch: [Int]) async -> [Result<String, any Error>] {
            batches.withLock { $0.append(batch) }
            await gate.wait()
            return batch.map { $0 < 0 ? .failure(Refused()) : .success("\($0)") }
        }

        var begun: Int { batches.withLock { $0.count } }
    }

    private struct Refused: Error {}

    @Test func `what comes while a batch is on its way is the next, and each gets its own answer`() async throws {
        let desk = Desk()
        let batches = Batches(size: 4, answer: desk.answer)
        let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            group.addTask { (0, try await batches.answer(to: 0)) }
            try await eventually("the first begins alone") { desk.begun == 1 }
            for request in 1...6 { group.addTask { (request, try await batches.answer(to: request)) } }
            try await eventually("the others wait") { batches.waitingCount == 6 }
            #expect(desk.begun == 1)
            desk.gate.open()
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers == Dictionary(uniqueKeysWithValues: (0...6).map { ($0, "\($0)") }))
        #expect(desk.batches.withLock { $0.map(\.count) } == [1, 4, 2])
    }

    @Test func `as many are on their way as may be, and what was refused fails alone`() async throws {
        let desk = Desk()
        let batches = Batches(size: 3, atATime: 2, answer: desk.answer)
        await withTaskGroup(of: Bool.self) { group in
            for begun in 1...2 {
                group.addTask { (try? await batches.answer(to: begun)) == "\(begun)" }
                try? await eventually("a batch begins") { desk.begun == begun }
            }
            for request in [-3, 4] { group.addTask { (try? await batches.answer(to: request)) == "\(request)" } }
            try? await eventually("the others wait") { batches.waitingCount == 2 }
            desk.gate.open()
            var right = 0
            for await isRight in group where isRight { right += 1 }
            #expect(right == 3)
        }
        #expect(desk.batches.withLock { $0.map { Set($0) } } == [[1], [2], [-3, 4]])
        // Nothing is on its way any more: the next begins at once.
        #expect(try await batches.answer(to: 5) == "5")
    }

    @Test func `more than may wait are refused`() async throws {
        let desk = Desk()
        let batches = Batches(size: 1, capacity: 2, answer: desk.answer)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await batches.answer(to: 1) }
            try await eventually("the first begins") { desk.begun == 1 }
            for request in 2...3 { group.addTask { _ = try await batches.answer(to: request) } }
            try await eventually("two wait") { batches.waitingCount == 2 }
            await #expect(throws: BatchesFull.self) { try await batches.answer(to: 4) }
            desk.gate.open()
            try await group.waitForAll()
        }
    }
}
