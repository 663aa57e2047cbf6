import ArgumentParser
import RemindersDomain
import RemindersServiceKit
import RemindersSettingsKit
import RemindersStore

/// `reminders purge`
struct Purge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lets go now of what is over and older than it is kept.",
        discussion: """
            What schedulers do by the hour. How long each kind is kept say REMINDERS_KEEP_LOG, _DELIVERIES, _POPUPS, \
            _CASE_EVENTS, _DEAD_LETTERS and _ANSWERS, which schedulers read too: give them the same values. What is not \
            finished, and every reminder, stays.
            """)
    @Flag(help: "Only say what would go.") var dryRun = false

    func run() async throws {
        var settings = SettingsReader(service: "reminders", arguments: ["reminders"])
        let retention = RetentionSettings.read(&settings)
        settings.validateOrExit()
        try await Connecting.withStore(statementTimeout: .seconds(600)) { store in
            if dryRun {
                let found = try await store.countForgettable(retention)
                for part in found { print(part.line) }
                if !found.mayBeMore { note("nothing would go") }
            } else {
                try await purge(store, retention)
            }
        }
    }

    private func purge(_ store: ReminderStore, _ retention: Retention) async throws {
        var counts: [String: Int64] = [:]
        while true {
            let forgotten = try await store.forgetSlice(retention)
            for part in forgotten where part.staysBecause == nil { counts[part.table, default: 0] += part.rows }
            guard !forgotten.mayBeMore else { continue }
            for part in forgotten { note(part.line) }
            break
        }
        for (table, rows) in counts.sorted(by: { $0.key < $1.key }) { print(Forgotten(table: table, rows: rows).line) }
        if counts.isEmpty { note("nothing was old enough") }
    }
}

extension Forgotten {
    fileprivate var line: String {
        "\(table)  \(rows)" + (staysBecause.map { "  stays: \($0)" } ?? "")
    }
}
