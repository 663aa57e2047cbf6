import RemindersContracts
import RemindersDomain
import RemindersStore

/// What is held for people and leaves together, in the making: what `WaitingLine` lets leave with one permit becomes one
/// message for each channel. Pop-ups stay apart, so that each can be put off or dismissed by itself.
struct DigestDrafts {
    /// One delivery of a digest.
    struct Part {
        let facts: StoredFacts
        let item: ShownReminder
        let id: DeliveryID
        /// Its place among the deliveries that are written; nil when it is in the ledger as it should be.
        let write: Int?
    }

    /// The deliveries of one message, in the order in which they were due.
    struct Message {
        let channel: ChannelKind
        var parts: [Part]
    }

    /// A digest that was decided and perhaps not published; its carrier first.
    struct Unpublished {
        let recipient: Recipient
        let channel: ChannelKind
        let carrier: Int64
        var parts: [Part]

        var keys: [DeliveryKey] {
            parts.map {
                DeliveryKey(
                    occurrenceID: $0.facts.due.occurrenceID, recipient: recipient, channel: channel,
                    generation: $0.item.generation)
            }
        }
    }

    private struct Draft {
        var messages: [Message] = []
    }

    private let keepingApart: ChannelSet
    private var drafts: [Draft] = []
    /// The latest draft of each recipient.
    private var current: [Recipient: Int] = [:]
    /// What was found unpublished.
    private(set) var unpublished: [Unpublished] = []

    /// - Parameter keepingApart: channels whose deliveries never share a message.
    init(keepingApart: ChannelSet) {
        self.keepingApart = keepingApart
    }

    /// Begins a draft: what is put for this person from now on goes into it.
    mutating func begin(for recipient: Recipient) {
        current[recipient] = drafts.count
        drafts.append(Draft())
    }

    /// Adds a delivery to the open draft of its recipient.
    mutating func put(_ part: Part, _ channel: ChannelKind) {
        guard let index = current[part.facts.person.recipient] else { return }
        let place = drafts[index].messages.firstIndex { $0.channel == channel && !keepingApart.contains(channel) }
        if let place {
            drafts[index].messages[place].parts.append(part)
        } else {
            drafts[index].messages.append(Message(channel: channel, parts: [part]))
        }
    }

    /// Adds a delivery that was found requested and perhaps not published.
    mutating func putUnpublished(_ part: Part, _ channel: ChannelKind, _ carrier: Int64) {
        let recipient = part.facts.person.recipient
        let place = unpublished.firstIndex {
            $0.carrier == carrier && $0.channel == channel && $0.recipient == recipient
        }
        if let place {
            unpublished[place].parts.append(part)
            unpublished[place].parts.sort { $0.isBefore($1, carrier: carrier) }
        } else {
            unpublished.append(Unpublished(recipient: recipient, channel: channel, carrier: carrier, parts: [part]))
        }
    }

    /// All messages there are to be.
    var messages: [Message] {
        drafts.flatMap(\.messages).map { message in
            Message(channel: message.channel, parts: message.parts.sorted { $0.isBefore($1) })
        }
    }
}

extension DigestDrafts.Part {
    /// By due time; the carrier before all others.
    fileprivate func isBefore(_ other: DigestDrafts.Part, carrier: Int64? = nil) -> Bool {
        let (mine, its) = (facts.due.occurrenceID, other.facts.due.occurrenceID)
        if let carrier, mine == carrier || its == carrier { return mine == carrier && its != carrier }
        return (facts.due.dueAt, mine) < (other.facts.due.dueAt, its)
    }
}
