import Foundation

/// What the two sides of a run come to.
public struct DeliveryVerdict: Equatable, Sendable {
    /// Notifications that were put in and stored, or confirmed to be.
    public var putIn = 0
    /// Arrivals on the wire, copies included.
    public var onWire = 0
    /// Final records by outcome.
    public var outcomes: [String: Int] = [:]
    /// Confirmed, and not in the database.
    public var forgotten: [String] = []
    /// Put in, and without a final record.
    public var missing: [String] = []
    /// Recorded as sent, and never on the wire under that id.
    public var neverSent: [String] = []
    /// On the wire, and the ledger does not have it like that; or in the ledger, and nobody asked for it.
    public var unexpected: [String] = []
    /// Rows of the ledger with another number of final records than one, or with one that says something else.
    public var notOneRecord: [String] = []
    /// On the wire before it was due.
    public var early: [String] = []
    /// Arrivals beyond the first of a delivery.
    public var doubled = 0
    /// Deliveries that arrived more often than the log says that it may have been: an attempt whose end nobody knows is
    /// `unknown` there.
    public var unaccounted: [String] = []

    /// A verdict about nothing.
    public init() {}

    /// Final records.
    public var recorded: Int { outcomes.values.reduce(0, +) }

    /// What was confirmed and is nowhere, or has no end, or was never sent.
    public var lost: Int { forgotten.count + missing.count + neverSent.count }

    /// What is wrong, each kind with its first examples; empty when all is as it must be.
    ///
    /// - Parameter copies: How many copies may be on the wire: of what processes had in hand when they died.
    public func faults(copies: ClosedRange<Int>) -> [String] {
        let kinds = [
            ("confirmed, and not in the database", forgotten), ("without a final record", missing),
            ("recorded as sent, and never on the wire", neverSent), ("unexpected", unexpected),
            ("not with one final record", notOneRecord), ("before it was due", early),
            ("more often on the wire than the log accounts for", unaccounted),
        ]
        var faults = kinds.filter { !$0.1.isEmpty }.map { kind, found in
            "\(found.count) \(kind): \(found.sorted().prefix(3).joined(separator: ", "))"
        }
        if !copies.contains(doubled) {
            faults.append("\(doubled) copies on the wire, where \(copies.lowerBound) to \(copies.upperBound) may be")
        }
        return faults
    }
}

extension DeliveryBooks {
    private struct Key: Hashable {
        let occurrence: Int64
        let recipient: String
        let channel: String
        let generation: Int
    }

    /// What is known of a delivery by its id.
    private struct Known {
        var rows: [LedgerRow] = []
        var maySent = 0
        var isRecordedAsSent = false
        var arrivals = 0
    }

    /// Compares the sides.
    ///
    /// - Parameter open: States that a delivery may be left in: `held`, where a limit holds it beyond the run's end.
    public func verdict(open: Set<String> = []) -> DeliveryVerdict {
        var verdict = DeliveryVerdict()
        let expected = acknowledged.union(stored)
        verdict.putIn = expected.count
        verdict.onWire = arrivals.count
        verdict.forgotten = acknowledged.subtracting(stored).map(\.description)
        compareLedgerWithLog(&verdict, expected, open)
        compareWithWire(&verdict)
        return verdict
    }

    private func compareLedgerWithLog(
        _ verdict: inout DeliveryVerdict, _ expected: Set<Item>, _ open: Set<String>
    ) {
        var finals: [Key: [LogLine]] = [:]
        for line in log where line.isFinal {
            verdict.outcomes[line.outcome, default: 0] += 1
            finals[
                Key(
                    occurrence: line.occurrence, recipient: line.recipient, channel: line.channel,
                    generation: line.generation), default: []
            ].append(line)
        }
        var decided: Set<Item> = []
        var unended: Set<Item> = []
        for row in ledger {
            let key = Key(
                occurrence: row.occurrence, recipient: row.item.recipient, channel: row.item.channel,
                generation: row.generation)
            let lines = finals.removeValue(forKey: key) ?? []
            decided.insert(row.item)
            if !attempted.contains(row.item) { verdict.unexpected.append("in the ledger: \(row.item)") }
            // What has no record is missing, and said to be so once.
            if lines.isEmpty {
                if !open.contains(row.state) { unended.insert(row.item) }
            } else if lines.count != 1 || lines[0].outcome != row.state || lines[0].delivery != row.delivery {
                let said = lines.map { "\($0.outcome) of \($0.delivery)" }.joined(separator: ", ")
                verdict.notOneRecord.append("\(row.item), \(row.state) of \(row.delivery) (log: \(said))")
            }
        }
        for line in finals.values.joined() {
            verdict.notOneRecord.append("occurrence \(line.occurrence), which the ledger does not have")
        }
        verdict.missing = expected.subtracting(decided).union(unended).map(\.description)
    }

    private func compareWithWire(_ verdict: inout DeliveryVerdict) {
        var known: [String: Known] = [:]
        var idsOfItems: [String: [String]] = [:]
        for row in ledger {
            known[row.delivery, default: Known()].rows.append(row)
            idsOfItems["\(row.item.channel) \(row.item.title)", default: []].append(row.delivery)
        }
        // Of each attempt that may have gone out there is a line: its end, or that nobody knows it.
        for line in log where line.outcome == "sent" || line.outcome == "unknown" {
            known[line.delivery, default: Known()].maySent += 1
            if line.isFinal, line.outcome == "sent" { known[line.delivery]?.isRecordedAsSent = true }
        }
        let formerIDs = Set(formerLedger.map(\.delivery))
        let formerNames = Set(formerLedger.map { "\($0.item.channel) \($0.item.title)" })
        let formerMessages = Set(formerLedger.map { "\($0.item.channel) \($0.item.title) as \($0.delivery)" })
        var former: [String: Int] = [:]
        for arrival in arrivals {
            let name = "\(arrival.channel) \(arrival.title)"
            let id = arrival.delivery ?? idsOfItems[name]?.first ?? ""
            guard let row = known[id]?.rows.first(where: { "\($0.item.channel) \($0.item.title)" == name }) else {
                if arrival.delivery == nil ? formerNames.contains(name) : formerMessages.contains("\(name) as \(id)") {
                    former[name, default: 0] += 1
                } else {
                    verdict.unexpected.append("on the wire: \(name) as \(id)")
                }
                continue
            }
            known[id]?.arrivals += 1
            if arrival.at < row.due { verdict.early.append("\(name), \(row.due.timeIntervalSince(arrival.at)) s") }
        }
        verdict.doubled = former.values.reduce(0) { $0 + $1 - 1 }
        for (id, delivery) in known {
            let name = delivery.rows.first.map { "\($0.item)" } ?? id
            if delivery.isRecordedAsSent, delivery.arrivals == 0 { verdict.neverSent.append(name) }
            verdict.doubled += max(0, delivery.arrivals - 1)
            // The ledger of a backup does not know what was sent since.
            if delivery.arrivals > delivery.maySent, !formerIDs.contains(id) {
                verdict.unaccounted.append("\(name): \(delivery.arrivals), \(delivery.maySent) in the log")
            }
        }
    }
}
