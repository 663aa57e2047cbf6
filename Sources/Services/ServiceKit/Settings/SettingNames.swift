/// The settings that any program of the project reads.
///
/// Each program declares its own where it uses them. This list keeps one shared `.env` quiet: a name that only another
/// program reads is not a mistake, a name that none reads probably is. A test compares it with the sources.
public enum SettingNames {
    /// All names, without their `_FILE` forms.
    public static let all: Set<String> = everyService.union(pipeline).union(mail).union(mattermost).union(web).union(
        tools)

    private static let everyService: Set<String> = [
        "REMINDERS_ADMIN_HOST", "REMINDERS_ADMIN_PORT", "REMINDERS_AMQP_ALLOW_CLEAR_TEXT", "REMINDERS_AMQP_URL",
        "REMINDERS_DATABASE_ALLOW_CLEAR_TEXT", "REMINDERS_DATABASE_POOL_SIZE",
        "REMINDERS_DATABASE_URL", "REMINDERS_DEPLOYMENT", "REMINDERS_ENV_FILE", "REMINDERS_LOG_FORMAT",
        "REMINDERS_LOG_LEVEL",
        "REMINDERS_SHUTDOWN_DEADLINE", "REMINDERS_TOPOLOGY",
    ]

    private static let pipeline: Set<String> = [
        "REMINDERS_ARCHIVE_FIRST", "REMINDERS_AUDIT_AFTER", "REMINDERS_CASE_BASE_URL", "REMINDERS_CHANNELS",
        "REMINDERS_CHECK_INTERVAL_MINUTES",
        "REMINDERS_DEFAULT_LOCALE",
        "REMINDERS_DRY_RUN", "REMINDERS_EMAIL_ENABLED", "REMINDERS_ENABLED", "REMINDERS_IN_DOUBT",
        "REMINDERS_KEEP_ANSWERS", "REMINDERS_KEEP_CASE_EVENTS", "REMINDERS_KEEP_DEAD_LETTERS",
        "REMINDERS_KEEP_DELIVERIES", "REMINDERS_KEEP_LOG", "REMINDERS_KEEP_POPUPS", "REMINDERS_LOST_AFTER",
        "REMINDERS_MATTERMOST_ENABLED", "REMINDERS_MAXIMUM_LATENESS", "REMINDERS_MAX_PER_USER_PER_HOUR",
        "REMINDERS_CASES_READ_BY", "REMINDERS_OWN_LIMIT_APART",
        "REMINDERS_ONLY_TO", "REMINDERS_OVERFLOW", "REMINDERS_PREFETCH", "REMINDERS_QUEUE_BATCH_SIZE",
        "REMINDERS_QUIET_HOURS_OVERFLOW",
        "REMINDERS_RETRY_FOR", "REMINDERS_TEMPLATE_DIRECTORY",
        "REMINDERS_URGENT_PASSES_LIMIT", "REMINDERS_URGENT_PASSES_QUIET_HOURS",
    ]

    private static let mail: Set<String> = [
        "EMAIL_MESSAGE_ID_DOMAIN", "EMAIL_REPLY_TO", "EMAIL_SMTP_ACCESS_TOKEN", "EMAIL_SMTP_ALLOW_CLEAR_TEXT",
        "EMAIL_SMTP_CA_FILE",
        "EMAIL_SMTP_CONNECTIONS", "EMAIL_SMTP_FIRST_REPLY_TIMEOUT", "EMAIL_SMTP_FROM_ADDRESS", "EMAIL_SMTP_FROM_NAME",
        "EMAIL_SMTP_HOST",
        "EMAIL_SMTP_PASSWORD", "EMAIL_SMTP_PORT", "EMAIL_SMTP_USER", "EMAIL_SMTP_USE_TLS",
    ]

    private static let mattermost: Set<String> = [
        "REMINDERS_MATTERMOST_ALLOWED_HOSTS", "REMINDERS_MATTERMOST_ALLOWED_NETWORKS",
        "REMINDERS_MATTERMOST_ALLOW_CLEAR_TEXT", "REMINDERS_MATTERMOST_ALLOW_PRIVATE", "REMINDERS_MATTERMOST_CA_FILE",
        "REMINDERS_MATTERMOST_CHANNEL",
        "REMINDERS_MATTERMOST_ICON_URL", "REMINDERS_MATTERMOST_USERNAME", "REMINDERS_MATTERMOST_WEBHOOK_URL",
    ]

    private static let web: Set<String> = [
        "REMINDERS_ACTIVE_PER_PERSON", "REMINDERS_ADDRESS_DOMAINS", "REMINDERS_CREATED_PER_DAY",
        "REMINDERS_CREATED_PER_MINUTE",
        "REMINDERS_API_ALLOWED_ORIGINS", "REMINDERS_API_BODY_LIMIT", "REMINDERS_API_CONNECTIONS", "REMINDERS_API_HOST",
        "REMINDERS_API_PORT", "REMINDERS_API_RATE_BURST", "REMINDERS_API_RATE_PER_SECOND", "REMINDERS_DEMO_FILE",
        "REMINDERS_FRONTEND_HOST", "REMINDERS_FRONTEND_PORT", "REMINDERS_FRONTEND_URL", "REMINDERS_JWT_AUDIENCE",
        "REMINDERS_JWT_CA_FILE", "REMINDERS_JWT_ISSUER",
        "REMINDERS_JWT_JWKS_FILE", "REMINDERS_JWT_JWKS_URL", "REMINDERS_JWT_SECRET", "REMINDERS_NOTIFY_WHOM",
        "REMINDERS_STREAMS",
        "REMINDERS_STREAMS_PER_USER", "REMINDERS_WEB_ROOT",
    ]

    /// What `./run`, `./bench`, tests, the operator's command line and clients use.
    private static let tools: Set<String> = [
        "REMINDERS_API_URL", "REMINDERS_CATCHER_URL", "REMINDERS_MIGRATIONS", "REMINDERS_PACKAGE", "REMINDERS_SERVER",
        "REMINDERS_TESTS", "REMINDERS_WRITE_GENERATED",
    ]
}

/// Finds what somebody probably meant.
public enum NearestName {
    /// The candidate with the fewest slips between it and `name`, or nil if none is near.
    public static func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(1, min(4, name.count / 4))
        var best: (distance: Int, name: String)?
        for candidate in candidates where abs(candidate.count - name.count) <= limit {
            let distance = distance(name, candidate)
            guard distance <= limit else { continue }
            if let best, (best.distance, best.name) <= (distance, candidate) { continue }
            best = (distance, candidate)
        }
        return best?.name
    }

    /// How many insertions, deletions, substitutions and swaps of neighbours lie between two words (optimal string
    /// alignment, a form of the Damerau-Levenshtein distance).
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let isSame = left[row] == right[column]
                var cost = min(last[column] + (isSame ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
