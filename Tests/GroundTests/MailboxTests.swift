import RemindersGround
import Testing

/// A mailbox that lost a wake-up would let its reader wait for ever.
@Suite(.timeLimit(.minutes(1))) struct MailboxTests {
    @Test func `what was put is taken in its order, up to the limit`() async {
        let mailbox = Mailbox<Int>()
        for number in 1...5 { mailbox.put(number) }
        #expect(await mailbox.take(upTo: 3) == [1, 2, 3])
        #expect(await mailbox.take(upTo: 3) == [4, 5])
    }

    @Test func `a reader waits for the first element`() async {
        let mailbox = Mailbox<Int>()
        async let taken = mailbox.take(upTo: 10)
        mailbox.put(1)
        #expect(await taken == [1])
    }

    @Test func `what was put before the closing is still taken`() async {
        let mailbox = Mailbox<Int>()
        mailbox.put(1)
        mailbox.close()
        #expect(await mailbox.take(upTo: 10) == [1])
        #expect(await mailbox.take(upTo: 10) == nil)
        #expect(await mailbox.take(upTo: 10) == nil)
    }

    @Test func `closing wakes a reader that waits`() async {
        let mailbox = Mailbox<Int>()
        async let taken = mailbox.take(upTo: 10)
        mailbox.close()
        #expect(await taken == nil)
    }

    @Test func `what is forgotten at the closing is not taken any more`() async {
        let mailbox = Mailbox<Int>()
        mailbox.put(1)
        #expect(mailbox.closeAndTakeAll() == [1])
        #expect(await mailbox.take(upTo: 10) == nil)
    }

    @Test func `what comes after the closing is given back`() {
        let mailbox = Mailbox<Int>()
        mailbox.close()
        #expect(mailbox.put([1, 2]) == [1, 2])
    }

    @Test func `what is forgotten is not taken, and what comes after it is`() async {
        let mailbox = Mailbox<Int>()
        mailbox.put([1, 2, 3])
        mailbox.forget()
        mailbox.put(4)
        #expect(await mailbox.take(upTo: 9) == [4])
    }

    @Test func `a cancelled task gets nothing and takes nothing`() async {
        let mailbox = Mailbox<Int>()
        let task = Task { await mailbox.take(upTo: 1) }
        task.cancel()
        #expect(await task.value == nil)
        mailbox.put(1)
        #expect(await mailbox.take(upTo: 1) == [1])
    }

    @Test func `each element goes to exactly one of many readers, also of those that are cancelled`() async {
        let mailbox = Mailbox<Int>()
        let reader = { @Sendable () -> [Int] in
            var taken: [Int] = []
            while let batch = await mailbox.take(upTo: 7) { taken += batch }
            return taken
        }
        let taken = await withTaskGroup { group in
            for _ in 0..<8 { group.addTask { await reader() } }
            let leaving = (0..<8).map { _ in Task { await reader() } }
            for start in stride(from: 1, to: 1001, by: 10) {
                mailbox.put(Array(start...start + 9))
                if start % 100 == 1 { leaving[start / 100 % 8].cancel() }
            }
            // Ends the waiting only when all is taken.
            while !mailbox.isEmpty { await Task.yield() }
            mailbox.close()
            var all = await group.reduce(into: [Int]()) { $0 += $1 }
            for task in leaving { all += await task.value }
            return all
        }
        #expect(taken.sorted() == Array(1...1000))
    }

    @Test func `of many writers nothing is lost and nothing comes twice`() async {
        let mailbox = Mailbox<Int>()
        let writers = 8
        let each = 5_000
        let taken = await withTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    for number in 0..<each {
                        mailbox.put(writer * each + number)
                        if number % 64 == 0 { await Task.yield() }
                    }
                }
            }
            async let read = all(of: mailbox)
            await group.waitForAll()
            mailbox.close()
            return await read
        }
        #expect(taken.count == writers * each)
        #expect(Set(taken).count == writers * each)
        for writer in 0..<writers {
            let own = taken.filter { $0 / each == writer }
            #expect(own == own.sorted())
        }
    }

    @Test func `no wake-up is lost in ten thousand rounds`() async {
        let questions = Mailbox<Int>()
        let answers = Mailbox<Int>()
        async let answering: Void = {
            while let batch = await questions.take(upTo: 1) { answers.put(batch[0]) }
            answers.close()
        }()
        for round in 0..<10_000 {
            questions.put(round)
            #expect(await answers.take(upTo: 1) == [round])
        }
        questions.close()
        await answering
        #expect(await answers.take(upTo: 1) == nil)
    }

    private func all(of mailbox: Mailbox<Int>) async -> [Int] {
        var taken: [Int] = []
        while let batch = await mailbox.take(upTo: 100) { taken += batch }
        return taken
    }
}
