import Foundation
import TestSupport
import Testing

@Suite struct DeliveryBooksTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func item(_ number: Int) -> DeliveryBooks.Item {
        DeliveryBooks.Item(title: "\(number)", recipient: "1", channel: "email")
    }

    private func row(_ number: Int, _ state: String = "sent", generation: Int = 0) -> DeliveryBooks.LedgerRow {
        DeliveryBooks.LedgerRow(
            item: item(number), occurrence: Int64(number), generation: generation, delivery: "id-\(number)",
            state: state, due: now)
    }

    private func line(
        _ number: Int, _ outcome: String = "sent", isFinal: Bool = true, generation: Int = 0, id: String? = nil
    ) -> DeliveryBooks.LogLine {
        DeliveryBooks.LogLine(
            occurrence: Int64(number), recipient: "1", channel: "email", generation: generation,
            delivery: id ?? "id-\(number)", isFinal: isFinal, outcome: outcome, at: now + 1)
    }

    private func mail(_ number: Int, id: String? = nil, after seconds: Double = 1) -> DeliveryBooks.Arrival {
        DeliveryBooks.Arrival(
            title: "\(number)", channel: "email", delivery: id ?? "id-\(number)", at: now + seconds)
    }

    /// Three that went well.
    private var good: DeliveryBooks {
        var books = DeliveryBooks()
        for number in 1...3 {
            books.attempted.insert(item(number))
            books.acknowledged.insert(item(number))
            books.stored.insert(item(number))
            books.ledger.append(row(number))
            books.log.append(line(number))
            books.arrivals.append(mail(number))
        }
        return books
    }

    @Test func whatWentWellHasNoFault() {
        let verdict = good.verdict()
        #expect(verdict.faults(copies: 0...0) == [])
        #expect(verdict.putIn == 3 && verdict.onWire == 3 && verdict.recorded == 3 && verdict.lost == 0)
        #expect(verdict.outcomes == ["sent": 3])
    }

    @Test func whatWasConfirmedAndIsNowhereIsLost() {
        var books = good
        books.attempted.insert(item(4))
        books.acknowledged.insert(item(4))
        #expect(books.verdict().forgotten == ["4 to 1 by email"])
        #expect(books.verdict().missing == ["4 to 1 by email"])
        books.stored.insert(item(4))
        #expect(books.verdict().forgotten == [] && books.verdict().missing == ["4 to 1 by email"])
    }

    @Test func whatWasNotConfirmedMayBeInOrNot() {
        var books = good
        books.attempted.insert(item(4))
        #expect(books.verdict().faults(copies: 0...0) == [])
        books.stored.insert(item(4))
        #expect(books.verdict().missing == ["4 to 1 by email"])
    }

    @Test func aRowWithoutItsRecordIsMissing() {
        var books = good
        books.log.removeAll { $0.occurrence == 2 }
        books.ledger[1] = row(2, "requested")
        books.arrivals.remove(at: 1)
        #expect(books.verdict().missing == ["2 to 1 by email"])
        books.ledger[1] = row(2, "held")
        #expect(books.verdict().missing == ["2 to 1 by email"])
        #expect(books.verdict(open: ["held"]).faults(copies: 0...0) == [])
    }

    @Test func whatIsRecordedAsSentHasToHaveArrivedUnderItsID() {
        var books = good
        books.arrivals.removeLast()
        #expect(books.verdict().neverSent == ["3 to 1 by email"])
        #expect(books.verdict().lost == 1)
        books.arrivals.append(mail(3, id: "id-of-nobody"))
        #expect(books.verdict().neverSent == ["3 to 1 by email"])
        #expect(books.verdict().unexpected == ["on the wire: email 3 as id-of-nobody"])
    }

    @Test func anotherTextUnderAKnownIDIsUnexpected() {
        var books = good
        books.arrivals[2] = mail(7, id: "id-3")
        #expect(books.verdict().unexpected == ["on the wire: email 7 as id-3"])
        #expect(books.verdict().neverSent == ["3 to 1 by email"])
    }

    @Test func whatNobodyAskedForIsUnexpectedInTheLedgerToo() {
        var books = good
        books.ledger.append(row(9))
        books.log.append(line(9))
        books.arrivals.append(mail(9))
        #expect(books.verdict().unexpected == ["in the ledger: 9 to 1 by email"])
    }

    @Test func twoRecordsOrOneThatSaysSomethingElseAreFaults() {
        var books = good
        books.log.append(line(1))
        books.log[1] = line(2, "unknown")
        books.log[2] = line(3, id: "id-of-another")
        #expect(books.verdict().notOneRecord.count == 3)
        books = good
        books.log.append(line(8))
        #expect(books.verdict().notOneRecord == ["occurrence 8, which the ledger does not have"])
    }

    @Test func eachGenerationHasARecordOfItsOwn() {
        var books = good
        books.ledger[0] = row(1, "dead")
        books.log[0] = line(1, "dead")
        books.ledger.append(row(1, generation: 1))
        books.log.append(line(1, generation: 1))
        #expect(books.verdict().faults(copies: 0...0) == [])
        books.log.removeLast()
        #expect(books.verdict().missing == ["1 to 1 by email"])
    }

    @Test func copiesAreCountedAndHaveToBeInTheLog() {
        var books = good
        books.arrivals.append(mail(2))
        #expect(books.verdict().doubled == 1)
        #expect(books.verdict().unaccounted == ["2 to 1 by email: 2, 1 in the log"])
        books.log.append(line(2, "unknown", isFinal: false))
        #expect(books.verdict().unaccounted == [])
        #expect(books.verdict().faults(copies: 0...1) == [])
        #expect(books.verdict().faults(copies: 0...0) == ["1 copies on the wire, where 0 to 0 may be"])
    }

    @Test func anAttemptThatWasPutOffAccountsForNoCopy() {
        var books = good
        books.arrivals.append(mail(2))
        books.log.append(line(2, "deferred", isFinal: false))
        #expect(books.verdict().unaccounted == ["2 to 1 by email: 2, 1 in the log"])
    }

    @Test func whatEndsAsUnknownMayHaveArrivedOrNot() {
        var books = good
        books.ledger[0] = row(1, "unknown")
        books.log[0] = line(1, "unknown")
        #expect(books.verdict().faults(copies: 0...0) == [])
        books.arrivals.removeFirst()
        #expect(books.verdict().faults(copies: 0...0) == [])
    }

    @Test func whatArrivesBeforeItsTimeIsAFault() {
        var books = good
        books.arrivals[0] = mail(1, after: -2)
        #expect(books.verdict().early == ["email 1, 2.0 s"])
    }

    @Test func withoutAnIDThePlaceIsFoundByTheText() {
        var books = good
        books.arrivals[0] = DeliveryBooks.Arrival(title: "1", channel: "email", delivery: nil, at: now + 1)
        #expect(books.verdict().faults(copies: 0...0) == [])
        books.arrivals[0] = DeliveryBooks.Arrival(title: "1", channel: "mattermost", delivery: nil, at: now + 1)
        #expect(books.verdict().unexpected == ["on the wire: mattermost 1 as "])
    }

    @Test func whatWentOutBeforeARestoreIsNoSurprise() {
        var books = good
        books.arrivals += [mail(4), mail(1)]
        #expect(books.verdict().unexpected.count == 1 && books.verdict().unaccounted.count == 1)
        books.formerLedger = [row(1), row(4)]
        #expect(books.verdict().faults(copies: 0...1) == [])
        books.arrivals.append(DeliveryBooks.Arrival(title: "4", channel: "email", delivery: nil, at: now + 1))
        #expect(books.verdict().faults(copies: 0...2) == [])
        books.arrivals.append(mail(4, id: "id-1"))
        #expect(books.verdict().unexpected.count == 1, "the old text under the id of another")
    }

    @Test func recoveryIsTheTimeUntilEverythingThatWasDueHasEnded() {
        let faults = [FaultWindow(broken: now, mended: now + 10), FaultWindow(broken: now + 20, mended: now + 30)]
        let ends = [
            (due: now + 1, ended: now + 12.5), (due: now + 25, ended: now + 31), (due: now + 31, ended: now + 99),
        ]
        #expect(FaultWindow.longestRecovery(of: faults, ends: ends) == 2.5)
        #expect(FaultWindow.longestRecovery(of: faults, ends: []) == 0)
        #expect(FaultWindow.longestRecovery(of: [], ends: ends) == 0)
    }
}
