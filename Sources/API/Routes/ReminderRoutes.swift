import Hummingbird
import Logging
import RemindersDomain
import RemindersExplaining
import RemindersGround
import RemindersHTTPService
import RemindersStore

/// Every route of the API, all under `/api/v1`.
///
/// Each resource has a `…Routes` of its own, which adds its paths to the group: they are listed in `add`.
public struct ReminderRoutes: Sendable {
    private let store: ReminderStore
    private let creator: ReminderCreator
    private let policy: NotifyingPolicy
    private let explaining: Explainer.Settings
    private let writing: Duty
    private let retryDeadLetter: @Sendable (Int64) async throws -> StoredDeadLetter

    /// Routes on the connections of `store`.
    ///
    /// - Parameters:
    ///   - explaining: how the operator has set what is decided and sent.
    ///   - quota: how many reminders one person may create.
    ///   - policy: whom people may have reminded.
    ///   - logger: learns when the database fails, and when it works again.
    ///   - retryDeadLetter: sends a dead letter to its queue again; throws `DeadLetterRefusal`.
    public init(
        store: ReminderStore, explaining: Explainer.Settings, quota: CreationQuota,
        policy: NotifyingPolicy = NotifyingPolicy(), logger: Logger,
        retryDeadLetter: @escaping @Sendable (Int64) async throws -> StoredDeadLetter
    ) {
        self.store = store
        self.explaining = explaining
        self.policy = policy
        self.retryDeadLetter = retryDeadLetter
        creator = ReminderCreator(store: store, quota: quota)
        writing = Duty("writing", fading: .seconds(30), logger: logger)
    }

    /// What they have to get done.
    public var duties: [Duty] { [writing] }

    /// Adds them to a router that has made sure who is asking.
    public func add(to router: Router<APIContext>) {
        let channels = explaining.switches.installed
        let everybodys = router.group("api/v1").add(middleware: StoreFailureMiddleware(writing: writing))
        let group = everybodys.group().add(middleware: LivingPeople(store: store))
        let clocks = PeopleClocks(store: store)
        let reading = CaseReadingChecks(store: store, reading: explaining.switches.casesReadBy)
        CaseReminderRoutes(
            store: store, creator: creator, clocks: clocks, channels: channels, policy: policy,
            reading: reading
        ).add(to: group)
        RecurrenceRoutes(clocks: clocks).add(to: everybodys)
        InteractionRoutes(store: store, reading: reading).add(to: group)
        PendingPopupRoutes(store: store).add(to: group)
        SimpleReminderRoutes(store: store, creator: creator, clocks: clocks).add(to: group)
        ChannelRoutes(switches: explaining.switches).add(to: group)
        PreferenceRoutes(store: store, channels: channels, policy: policy).add(to: group)
        CaseRoutes(store: store).add(to: group)
        UserRoutes(store: store, channels: channels).add(to: group)
        ErasureRoutes(store: store).add(to: group)
        ExplainRoutes(store: store, settings: explaining, reading: reading).add(to: group)
        DeliveryRoutes(store: store, channels: channels, reading: reading).add(to: group)
        StatisticsRoutes(store: store, channels: channels).add(to: group)
        DeadLetterRoutes(store: store, retry: retryDeadLetter).add(to: group)
    }
}
