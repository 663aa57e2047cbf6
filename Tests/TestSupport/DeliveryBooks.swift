import Foundation

/// Both sides of a run, as in Jepsen's checks of queues: what was put in, what came out on the wire, and what ledger and
/// log say of it. A rule without I/O: `verdict` compares them.
public struct DeliveryBooks: Sendable {
    /// One notification, as whoever asks for it knows it. Titles are given once in a run.
    public struct Item: Hashable, Sendable, CustomStringConvertible {
        /// The reminder's title.
        public let title: String
        /// A user's id.
        public let recipient: String
        /// Such as `email`.
        public let channel: String

        /// The notification with these parts.
        public init(title: String, recipient: String, channel: String) {
            self.title = title
            self.recipient = recipient
            self.channel = channel
        }

        /// All of it in a few words.
        public var description: String { "\(title) to \(recipient) by \(channel)" }
    }

    /// What a mail server, a webhook or a browser truly took.
    public struct Arrival: Sendable {
        /// What came, without its recipient, whom the wire knows by an address.
        public let title: String
        /// Through which channel.
        public let channel: String
        /// The delivery's id, in lower case; nil where the channel has no place for it.
        public let delivery: String?
        /// By the receiver's clock.
        public let at: Date

        /// An arrival with these parts.
        public init(title: String, channel: String, delivery: String?, at: Date) {
            self.title = title
            self.channel = channel
            self.delivery = delivery
            self.at = at
        }
    }

    /// A row of the ledger.
    public struct LedgerRow: Sendable {
        /// What it delivers.
        public let item: Item
        /// The occurrence's number: a series delivers an item more than once.
        public let occurrence: Int64
        /// How often it was asked for again.
        public let generation: Int
        /// The delivery's id, in lower case.
        public let delivery: String
        /// `sent`, `held` and so on.
        public let state: String
        /// When it was to be delivered.
        public let due: Date

        /// A row with these parts.
        public init(
            item: Item, occurrence: Int64, generation: Int = 0, delivery: String, state: String, due: Date
        ) {
            self.item = item
            self.occurrence = occurrence
            self.generation = generation
            self.delivery = delivery
            self.state = state
            self.due = due
        }
    }

    /// A line of the log about a delivery.
    public struct LogLine: Sendable {
        /// The occurrence's number.
        public let occurrence: Int64
        /// As in the ledger.
        public let recipient: String
        /// As in the ledger.
        public let channel: String
        /// As in the ledger.
        public let generation: Int
        /// The delivery's id, in lower case.
        public let delivery: String
        /// Whether it is the final record, and not one attempt.
        public let isFinal: Bool
        /// `sent`, `unknown` and so on.
        public let outcome: String
        /// When it was written, by the database's clock.
        public let at: Date

        /// A line with these parts.
        public init(
            occurrence: Int64, recipient: String, channel: String, generation: Int = 0, delivery: String,
            isFinal: Bool, outcome: String, at: Date
        ) {
            self.occurrence = occurrence
            self.recipient = recipient
            self.channel = channel
            self.generation = generation
            self.delivery = delivery
            self.isFinal = isFinal
            self.outcome = outcome
            self.at = at
        }
    }

    /// What somebody tried to put in, whatever they were answered.
    public var attempted: Set<Item> = []
    /// What they were told is in: the commit was confirmed.
    public var acknowledged: Set<Item> = []
    /// What the database says is in.
    public var stored: Set<Item> = []
    /// What the mail server, the webhook and the browsers took.
    public var arrivals: [Arrival] = []
    /// The ledger.
    public var ledger: [LedgerRow] = []
    /// The log's lines about attempts and ends.
    public var log: [LogLine] = []
    /// What the ledger had before it was restored from a backup.
    public var formerLedger: [LedgerRow] = []

    /// Empty books.
    public init() {}
}
