import ArgumentParser
import Foundation
import RemindersDomain
import RemindersStore

/// `reminders deliveries`
struct Deliveries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks again for deliveries that ended without having been sent.", subcommands: [Retry.self])

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Asks again for what ended dead, rejected or unknown.",
            discussion: """
                Each gets a next generation under its own id, which a rate-limiter decides about anew: whether it is \
                still wanted, the limit, quiet hours and switches. Its mail has the same Message-ID; what ended unknown \
                may arrive a second time.

                Examples:
                  reminders deliveries retry --outcome dead --since 2h --dry-run
                  reminders deliveries retry --outcome dead --outcome unknown --since 2026-02-10T00:00:00Z --channel email
                  reminders deliveries retry 018f2b6e-0c1d-7a3b-9e52-5b1f6a0c9d21
                """)
        @Argument(help: "Ids of deliveries; instead of --outcome and --since.") var ids: [DeliveryID] = []
        @Option(help: "dead, rejected or unknown. May be repeated.") var outcome: [DeliveryState] = []
        @Option(help: "Recorded since then: a time with an offset, or how long ago, such as 2h or 3d.") var since:
            String?
        @Option(help: "Recorded before then, likewise.") var before: String?
        @Option(help: "Only through this channel.") var channel: ChannelKind?
        @Option(help: "At most so many, the newest.") var limit = 10_000
        @Flag(help: "Only say how many there are.") var dryRun = false

        func validate() throws {
            if let wrong = outcome.first(where: { !$0.canBeAskedForAgain }) {
                throw ValidationError(
                    "--outcome \(wrong.rawValue): only dead, rejected and unknown can be asked for again")
            }
            if ids.isEmpty, outcome.isEmpty || since == nil {
                throw ValidationError("name ids, or --outcome and --since")
            }
            if !ids.isEmpty, !outcome.isEmpty || since != nil || before != nil || channel != nil {
                throw ValidationError("name ids, or --outcome and --since, not both")
            }
            if limit < 1 { throw ValidationError("--limit must be at least 1") }
            for text in [since, before].compactMap(\.self) where PointInTime(text) == nil {
                throw ValidationError("“\(text)” is neither a time like 2026-02-10T14:30:00Z nor a duration like 2h")
            }
        }

        func run() async throws {
            let who = "cli:" + (ProcessInfo.processInfo.environment["USER"] ?? "operator")
            try await Connecting.withStore { store in
                if ids.isEmpty { try await retryMany(store, who) } else { try await retryNamed(store, who) }
            }
        }

        private func retryNamed(_ store: ReminderStore, _ who: String) async throws {
            var isComplete = true
            for id in ids {
                guard let (entry, _) = try await store.ledgerEntry(id) else {
                    note("\(id): there is no such delivery")
                    isComplete = false
                    continue
                }
                guard entry.state.canBeAskedForAgain else {
                    note("\(id): it is \(entry.state.rawValue)")
                    isComplete = false
                    continue
                }
                if dryRun {
                    print("\(id)  \(entry.channel)  \(entry.state.rawValue)")
                } else if let generation = try await store.askAgain(for: [id], by: who)[id] {
                    print("\(id)  asked for again, generation \(generation)")
                } else {
                    note("\(id): its occurrence is no longer there, or somebody else asked for it at this moment")
                    isComplete = false
                }
            }
            if !isComplete { throw ExitCode.failure }
        }

        /// In batches, so that no transaction is long; newest first, each batch behind the one before.
        private func retryMany(_ store: ReminderStore, _ who: String) async throws {
            let now = try await store.now()
            var filter = EndedFilter(outcomes: outcome, since: since.flatMap(PointInTime.init)?.instant(now) ?? now)
            filter.before = before.flatMap(PointInTime.init)?.instant(now) ?? now
            filter.channels = Connecting.channels().withEarlier
            try filter.channels.check("--channel", channel.map { [$0] } ?? [])
            filter.channel = channel
            var counts: [String: Int] = [:]
            var left = limit
            while left > 0 {
                filter.limit = min(500, left)
                let found = try await store.endedDeliveries(filter)
                guard let last = found.last else { break }
                let asked = dryRun ? [:] : try await store.askAgain(for: found.map(\.id), by: who)
                for delivery in found where dryRun || asked[delivery.id] != nil {
                    counts["\(delivery.channel)  \(delivery.outcome.rawValue)", default: 0] += 1
                }
                filter.after = last.position
                left -= found.count
            }
            for (what, count) in counts.sorted(by: { $0.key < $1.key }) { print("\(what)  \(count)") }
            let total = counts.values.reduce(0, +)
            note(dryRun ? "\(total) would be asked for again" : "\(total) asked for again")
        }
    }
}

/// A time, or how long ago it was.
private enum PointInTime {
    case at(Instant)
    case ago(Duration)

    init?(_ text: String) {
        if let instant = Instant(rfc3339: text) {
            self = .at(instant)
            return
        }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            (1...100_000).contains(count)
        else { return nil }
        self = .ago(.seconds(count * unit))
    }

    func instant(_ now: Instant) -> Instant {
        switch self {
        case .at(let instant): instant
        case .ago(let duration): now - duration
        }
    }
}

extension DeliveryState: ExpressibleByArgument {}

extension DeliveryID: ExpressibleByArgument {
    /// Reads the text form.
    public init?(argument: String) {
        self.init(argument)
    }
}
