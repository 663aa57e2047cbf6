import ArgumentParser
import RemindersDomain
import RemindersStore

/// `reminders claim-database`
struct ClaimDatabase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claim-database",
        abstract: "Says whose the database is, shows what it would send, and makes it this deployment's.",
        discussion: """
            A database that belongs to another deployment, or is a copy, sends nothing: every service holds everything and \
            is not ready. This shows what would go once it is released, and asks before it releases it. To look only, \
            use --dry-run; to send nothing to real people from a copy, set REMINDERS_ONLY_TO or REMINDERS_DRY_RUN first.

            Examples:
              reminders claim-database --dry-run
              reminders claim-database --as staging
            """)
    @Option(help: "The name it gets. By default REMINDERS_DEPLOYMENT; without either it has none.") var `as`: String?
    @Flag(help: "Only show whose it is, and what would go.") var dryRun = false
    @Flag(help: "Don't ask.") var yes = false

    func validate() throws {
        if let name = `as`, DeploymentName(name) == nil {
            throw ValidationError("--as \(name): that is no name; give \(DeploymentName.expected)")
        }
    }

    func run() async throws {
        let here = Connecting.deployment()
        let name = `as`.flatMap { DeploymentName($0) } ?? here
        if let name, name != here {
            note(
                "REMINDERS_DEPLOYMENT is \(here.map { "“\($0)”" } ?? "not set") here: services go on only where it is “\(name)”"
            )
        }
        // What is open is counted, however much that is.
        try await Connecting.withStore(statementTimeout: .seconds(600)) { store in
            show(try await store.databaseClaim(), here)
            show(try await store.openWork(limit: 10))
            if dryRun { return }
            guard yes || isConfirmed(name) else {
                note("nothing was changed")
                throw ExitCode.failure
            }
            try await store.claimDatabase(as: name)
            note("the database is \(Self.owner(name)) now; what is above goes within seconds where services run")
        }
    }

    private static func owner(_ name: DeploymentName?) -> String {
        name.map { "that of “\($0)”" } ?? "that of a deployment without a name"
    }

    private func show(_ claim: DatabaseClaim, _ here: DeploymentName?) {
        print(
            "\(Self.owner(claim.name)) since \(Instant(seconds: claim.claimedAt.seconds).rfc3339), epoch \(claim.epoch)"
        )
        if !claim.isInPlace { print("not where it was then: a copy, moved, or restored from a dump") }
        print(DeploymentVerdict(of: here, on: claim).reason.map { "held: \($0)" } ?? "not held")
    }

    private func show(_ work: OpenWork) {
        for count in work.counts {
            var parts = [count.kind]
            if let channel = count.channel { parts.append(channel.rawValue) }
            if let state = count.state { parts.append(state.rawValue) }
            parts.append("\(count.count)")
            if let first = count.first { parts.append("first \(Instant(seconds: first.seconds).rfc3339)") }
            print(VisibleText.escaped(parts.joined(separator: "  ")))
        }
        for delivery in work.first {
            let due = Instant(seconds: delivery.dueAt.seconds).rfc3339
            print(
                VisibleText.escaped(
                    "  \(delivery.channel)  \(delivery.state.rawValue)  to \(delivery.recipient.key)  due \(due)  \(delivery.title)"
                ))
        }
        if work.counts.isEmpty { note("nothing would go") }
    }

    private func isConfirmed(_ name: DeploymentName?) -> Bool {
        let word = name?.text ?? "release"
        note("All of that is released. Type “\(word)” to make the database \(Self.owner(name)): ", terminator: "")
        return readLine(strippingNewline: true) == word
    }
}
