import Glibc
import Synchronization
import Testing

@testable import RemindersIOThread

@Suite("IOThread: descriptors", .timeLimit(.minutes(1))) struct IOThreadWatchTests {
    private let thread = IOThread(name: "watching")

    private func makePipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    private func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            thread.perform { continuation.resume(returning: work()) }
        }
    }

    @Test func aHandlerIsCalledWhenThereIsSomethingToRead() async throws {
        let (reading, writing) = try makePipe()
        let byte = await withCheckedContinuation { continuation in
            thread.perform { [thread] in
                thread.watch(reading, for: .readable) { events in
                    var byte: UInt8 = 0
                    _ = read(reading, &byte, 1)
                    thread.unwatch(reading)
                    continuation.resume(returning: events.contains(.readable) ? byte : 0)
                }
                var sent: UInt8 = 42
                _ = write(writing, &sent, 1)
            }
        }
        #expect(byte == 42)
        close(reading)
        close(writing)
    }

    @Test func aHangUpIsReportedUnasked() async throws {
        let (reading, writing) = try makePipe()
        let events = await withCheckedContinuation { continuation in
            thread.perform { [thread] in
                thread.watch(reading, for: []) { events in
                    thread.unwatch(reading)
                    continuation.resume(returning: events)
                }
                close(writing)
            }
        }
        #expect(!events.isDisjoint(with: .failed))
        close(reading)
    }

    @Test func whatAnEarlierHandlerEndedIsNotCalled() async throws {
        let pipes = try (0..<10).map { _ in try makePipe() }
        let calls = Atomic<Int>(0)
        await onThread { [thread] in
            for (reading, writing) in pipes {
                thread.watch(reading, for: .readable) { _ in
                    calls.add(1, ordering: .relaxed)
                    for (reading, _) in pipes { thread.unwatch(reading) }
                }
                var byte: UInt8 = 1
                _ = write(writing, &byte, 1)
            }
        }
        // Two turns of the loop have passed after this.
        await onThread {}
        await onThread {}
        #expect(calls.load(ordering: .relaxed) == 1)
        for (reading, writing) in pipes {
            close(reading)
            close(writing)
        }
    }

    @Test func aNewWatchDoesNotGetTheEventsOfTheOldOneOfItsDescriptor() async throws {
        let pipes = try (0..<10).map { _ in try makePipe() }
        let stale = Atomic<Int>(0)
        await onThread { [thread] in
            for (reading, writing) in pipes {
                // Each handler does to all what closing a socket and opening another does: the same numbers are
                // watched anew, and nothing has happened on them yet.
                thread.watch(reading, for: .readable) { _ in
                    for (reading, _) in pipes {
                        var byte: UInt8 = 0
                        _ = read(reading, &byte, 1)
                        thread.watch(reading, for: .readable) { _ in stale.add(1, ordering: .relaxed) }
                    }
                }
                var byte: UInt8 = 1
                _ = write(writing, &byte, 1)
            }
        }
        await onThread {}
        await onThread {}
        #expect(stale.load(ordering: .relaxed) == 0)
        await onThread { [thread] in
            for (reading, _) in pipes { thread.unwatch(reading) }
        }
        for (reading, writing) in pipes {
            close(reading)
            close(writing)
        }
    }

    @Test func writabilityIsReportedOnceThereIsRoom() async throws {
        let (reading, writing) = try makePipe()
        _ = fcntl(writing, F_SETFL, O_NONBLOCK)
        let filled = await withCheckedContinuation { continuation in
            thread.perform { [thread] in
                var block = [UInt8](repeating: 0, count: 4096)
                var filled = 0
                while write(writing, &block, block.count) > 0 { filled += block.count }
                thread.watch(writing, for: .writable) { _ in
                    thread.unwatch(writing)
                    continuation.resume(returning: filled)
                }
                thread.perform {
                    var block = [UInt8](repeating: 0, count: 8192)
                    _ = read(reading, &block, block.count)
                }
            }
        }
        #expect(filled > 0)
        close(reading)
        close(writing)
    }
}
