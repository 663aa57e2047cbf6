/// How long what is over is kept. What is not finished, and every reminder, is kept for ever.
public struct Retention: Hashable, Sendable {
    /// What is kept for a time of its own.
    public enum Kind: String, CaseIterable, Sendable {
        /// The log: every final record, and what happened on the way.
        case log
        /// Occurrences and deliveries that have ended.
        case deliveries
        /// Events that were taken in: one that comes again later is not told apart.
        case caseEvents = "case_events"
        /// Pop-ups that are settled.
        case popups
        /// Dead letters that are settled.
        case deadLetters = "dead_letters"
        /// Answers that are given again for an `Idempotency-Key`.
        case answers = "idempotency_keys"

        /// How long, where nobody says otherwise.
        public var usual: Duration {
            let days: Int64 =
                switch self {
                case .log: 400
                case .deliveries: 90
                case .caseEvents, .popups, .deadLetters: 30
                case .answers: 1
                }
            return .seconds(days * 86_400)
        }
    }

    private var durations: [Kind: Duration]
    /// Whether a partition has to be archived before it goes.
    public var isArchivedFirst = false

    /// The usual.
    public init() {
        durations = Dictionary(uniqueKeysWithValues: Kind.allCases.map { ($0, $0.usual) })
    }

    /// How long this kind is kept; nil for ever.
    public subscript(kind: Kind) -> Duration? {
        get { durations[kind] }
        set { durations[kind] = newValue }
    }
}
