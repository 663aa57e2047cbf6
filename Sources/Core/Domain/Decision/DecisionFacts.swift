/// Everything a decision depends on: one occurrence of one reminder, for one recipient, at one moment.
public struct DecisionFacts: Sendable {
    /// What fell due.
    public struct OccurrenceFacts: Hashable, Sendable {
        /// Its id in the queue.
        public var id: Int64
        /// When it fell due.
        public var dueAt: Instant
        /// What made it fire.
        public var trigger: Trigger
        /// The status the case left, for `statusChange`.
        public var oldStatus: String?
        /// The status the case entered, for `statusChange`.
        public var newStatus: String?
        /// The deadline it was planned for, for `deadlineApproaching`; nil isn't checked.
        public var deadline: Instant?
        /// Whether a later change of status made the reminder fire again, for `statusChange`.
        public var isSuperseded: Bool

        /// An occurrence with all its parts.
        public init(
            id: Int64, dueAt: Instant, trigger: Trigger = .timeBased, oldStatus: String? = nil,
            newStatus: String? = nil, deadline: Instant? = nil, isSuperseded: Bool = false
        ) {
            self.id = id
            self.dueAt = dueAt
            self.trigger = trigger
            self.oldStatus = oldStatus
            self.newStatus = newStatus
            self.deadline = deadline
            self.isSuperseded = isSuperseded
        }
    }

    /// The reminder as it is now.
    public struct ReminderFacts: Hashable, Sendable {
        /// How much it matters.
        public var priority: Priority
        /// What it says about channels.
        public var channels: ChannelChoice
        /// Whether only its own channels count (`override_user_preferences`).
        public var overridesPreferences: Bool
        /// Whether it is switched on.
        public var isActive: Bool
        /// Whether it was deleted.
        public var isDeleted: Bool

        /// A reminder with all its parts.
        public init(
            priority: Priority = .normal, channels: ChannelChoice = .none, overridesPreferences: Bool = false,
            isActive: Bool = true, isDeleted: Bool = false
        ) {
            self.priority = priority
            self.channels = channels
            self.overridesPreferences = overridesPreferences
            self.isActive = isActive
            self.isDeleted = isDeleted
        }
    }

    /// The case as it is now.
    public struct CaseFacts: Hashable, Sendable {
        /// Its status, if known.
        public var status: String?
        /// Its deadline, if it has one.
        public var deadline: Instant?
        /// Whether it was closed.
        public var isClosed: Bool
        /// Whether it was deleted.
        public var isDeleted: Bool

        /// A case with all its parts.
        public init(
            status: String? = nil, deadline: Instant? = nil, isClosed: Bool = false, isDeleted: Bool = false
        ) {
            self.status = status
            self.deadline = deadline
            self.isClosed = isClosed
            self.isDeleted = isDeleted
        }
    }

    /// The recipient as he or she is now.
    public struct RecipientFacts: Hashable, Sendable {
        /// Who.
        public var recipient: Recipient
        /// Whether the user is known; a raw address always is.
        public var isKnown: Bool
        /// The user's own choice of channels.
        public var defaultChannels: ChannelSet
        /// The channels for which there is an address. Others lead somewhere where none is needed.
        public var addresses: ChannelSet
        /// The channels whose address is none: nothing could be sent to it.
        public var badAddresses: ChannelSet
        /// The channels through which this deployment may not write to them.
        public var notAllowed: ChannelSet = []
        /// Whether a raw address is that of a user whom the reminder is for as well, and who gets their own mail.
        public var isToldAsUser: Bool
        /// The user's quiet hours.
        public var quietHours: QuietHours?
        /// Until when the recipient put this reminder off, also when that is over.
        public var snoozedUntil: Instant?
        /// Whether the recipient dismissed this reminder.
        public var hasDismissed: Bool
        /// Whether the reminder is still for them.
        public var isAddressed: Bool
        /// Whether they were erased, or are being erased.
        public var isErased: Bool

        /// A recipient with all its parts.
        public init(
            recipient: Recipient, isKnown: Bool = true, defaultChannels: ChannelSet, addresses: ChannelSet,
            badAddresses: ChannelSet = [], isToldAsUser: Bool = false, quietHours: QuietHours? = nil,
            snoozedUntil: Instant? = nil, hasDismissed: Bool = false,
            isAddressed: Bool = true, isErased: Bool = false
        ) {
            self.recipient = recipient
            self.isKnown = isKnown
            self.defaultChannels = defaultChannels
            self.addresses = addresses
            self.badAddresses = badAddresses
            self.isToldAsUser = isToldAsUser
            self.quietHours = quietHours
            self.snoozedUntil = snoozedUntil
            self.hasDismissed = hasDismissed
            self.isAddressed = isAddressed
            self.isErased = isErased
        }
    }

    /// What the recipient's permit window holds.
    public struct PermitFacts: Hashable, Sendable {
        /// When permits were granted, in any order; where they are counted apart, those of the recipient's own.
        public var granted: [Instant]
        /// When permits were granted for what others cause.
        public var grantedToOthers: [Instant]
        /// Whether one of them is for this occurrence.
        public var holdsPermit: Bool
        /// Whether it leaves in one message with another occurrence, and with the permit of that.
        public var sharesPermit: Bool
        /// How many occurrences wait for a permit of the same kind and were first.
        public var heldAhead: Int

        /// Permits with all their parts.
        public init(
            granted: [Instant] = [], grantedToOthers: [Instant] = [], holdsPermit: Bool = false,
            sharesPermit: Bool = false, heldAhead: Int = 0
        ) {
            self.granted = granted
            self.grantedToOthers = grantedToOthers
            self.holdsPermit = holdsPermit
            self.sharesPermit = sharesPermit
            self.heldAhead = heldAhead
        }
    }

    /// What the ledger says about this occurrence and recipient when it isn't the first decision.
    public struct LedgerFacts: Hashable, Sendable {
        /// Channels whose delivery is open: only these are decided again.
        public var open: ChannelSet
        /// Until when they were held.
        public var heldUntil: Instant?

        /// Open deliveries.
        public init(open: ChannelSet, heldUntil: Instant? = nil) {
            self.open = open
            self.heldUntil = heldUntil
        }
    }

    /// What the operator says.
    public struct Switches: Hashable, Sendable {
        /// The channels of this installation.
        public var installed = ChannelRegistry.standard
        /// Channels that are switched on; none with the master switch off.
        public var channels: ChannelSet
        /// The limit; nil is no limit.
        public var limit: PermitWindow?
        /// Who may know what a case says of which nobody named readers.
        public var casesReadBy = CaseReading.everybody
        /// Whether what others cause takes permits of its own; if not, everything counts together.
        public var countsOwnApart = true
        /// Whether urgent reminders are sent in quiet hours.
        public var urgentPassesQuietHours: Bool
        /// Whether urgent reminders are sent beyond the limit.
        public var urgentPassesLimit: Bool
        /// What becomes of deliveries beyond the limit.
        public var overflow: OverflowPolicy
        /// What becomes of deliveries in quiet hours.
        public var quietHoursOverflow: OverflowPolicy
        /// What is later than this is dropped; nil is no limit. Time it was held on purpose doesn't count.
        public var maximumLateness: Duration?
        /// Whom this deployment may write to; nil: everybody.
        public var onlyTo: AllowList?

        /// Switches with all their parts.
        public init(
            channels: ChannelSet, limit: PermitWindow?, urgentPassesQuietHours: Bool = false,
            urgentPassesLimit: Bool = false, overflow: OverflowPolicy = .defer,
            quietHoursOverflow: OverflowPolicy = .defer, maximumLateness: Duration? = nil
        ) {
            self.overflow = overflow
            self.quietHoursOverflow = quietHoursOverflow
            self.channels = channels
            self.limit = limit
            self.urgentPassesQuietHours = urgentPassesQuietHours
            self.urgentPassesLimit = urgentPassesLimit
            self.maximumLateness = maximumLateness
        }
    }

    /// The moment of the decision, by the database's clock.
    public var now: Instant
    /// What fell due.
    public var occurrence: OccurrenceFacts
    /// The reminder.
    public var reminder: ReminderFacts
    /// The case; nil when nobody ever told about it, and then it stops nothing.
    public var caseFacts: CaseFacts?
    /// The recipient.
    public var recipient: RecipientFacts
    /// The recipient's permits.
    public var permits: PermitFacts
    /// What was decided before; nil for the first decision.
    public var ledger: LedgerFacts?
    /// The operator's switches.
    public var switches: Switches
    /// Whether what the case says made it fire, and whoever set the reminder may not know that.
    public var isKeptFromCreator = false
    /// Whether somebody else than the recipient set the reminder.
    public var isCausedByOther = false

    /// Facts with all their parts.
    public init(
        now: Instant, occurrence: OccurrenceFacts, reminder: ReminderFacts, caseFacts: CaseFacts? = nil,
        recipient: RecipientFacts, permits: PermitFacts = PermitFacts(), ledger: LedgerFacts? = nil,
        switches: Switches
    ) {
        self.now = now
        self.occurrence = occurrence
        self.reminder = reminder
        self.caseFacts = caseFacts
        self.recipient = recipient
        self.permits = permits
        self.ledger = ledger
        self.switches = switches
    }
}

extension DecisionFacts {
    /// Whose permit it takes.
    public var permitKind: PermitKind { switches.countsOwnApart && isCausedByOther ? .others : .own }
}

extension DecisionFacts.PermitFacts {
    /// When the permits were granted that count for one of this kind.
    func granted(_ kind: PermitKind, _ switches: DecisionFacts.Switches) -> [Instant] {
        guard switches.countsOwnApart else { return grantedToOthers.isEmpty ? granted : granted + grantedToOthers }
        return kind == .own ? granted : grantedToOthers
    }
}
