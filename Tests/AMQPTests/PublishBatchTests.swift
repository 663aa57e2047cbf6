import Testing

@testable import RemindersAMQP

struct PublishBatchTests {
    private func outcomes(_ count: Int, _ body: @escaping (PublishBatch) -> Void) async -> [PublishOutcome] {
        await withCheckedContinuation { continuation in
            let message = Message(exchange: "", routingKey: "q", body: [])
            body(
                PublishBatch(
                    Array(repeating: message, count: count), confirms: true, deadline: .now,
                    continuation: continuation))
        }
    }

    @Test func endsWhenTheLastMessageHasItsOutcome() async {
        let outcomes = await outcomes(3) { batch in
            batch.settle(2, .confirmed)
            batch.settle(0, .failed(.nacked))
            #expect(!batch.isSettled)
            batch.settle(1, .failed(.timedOut))
            #expect(batch.isSettled)
        }
        #expect(outcomes == [.failed(.nacked), .failed(.timedOut), .confirmed])
    }

    @Test func theFirstOutcomeStays() async {
        let outcomes = await outcomes(2) { batch in
            #expect(batch.settle(0, .failed(.timedOut)))
            #expect(!batch.settle(0, .confirmed))
            batch.settle(1, .confirmed)
            #expect(!batch.settle(1, .confirmed))
        }
        #expect(outcomes == [.failed(.timedOut), .confirmed])
    }

    @Test func theConfirmOfAReturnedMessageIsNoSuccess() async {
        let returned = PublishError.returned(code: 312, text: "NO_ROUTE")
        let outcomes = await outcomes(2) { batch in
            batch.markReturned(1, returned)
            batch.settle(0, .confirmed)
            batch.settle(1, .confirmed)
        }
        #expect(outcomes == [.confirmed, .failed(returned)])
    }

    @Test func onlySomeErrorsLeaveItOpenWhetherTheMessageArrived() {
        #expect(PublishError.connectionLost.isInDoubt)
        #expect(PublishError.timedOut.isInDoubt)
        #expect(!PublishError.nacked.isInDoubt)
        #expect(!PublishError.refused(reason: "").isInDoubt)
    }
}
