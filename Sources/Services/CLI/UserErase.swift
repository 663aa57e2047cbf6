import ArgumentParser
import Foundation
import RemindersDomain
import RemindersStore

extension User {
    /// `reminders user erase`
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erases a person: name, addresses, and what was written to them, wherever it is.",
            discussion: """
                What waits for them is withdrawn. Reminders for others too go on for the others. Log and ledger keep \
                counting, under a pseudonym that leads back to nobody. Cut off, it is gone on with by a scheduler, or by \
                the same command. It cannot be undone.

                Examples:
                  reminders user erase 17 --dry-run
                  reminders user erase 17
                  reminders user erase mailto:somebody@example.org
                """)
        @Argument(help: "The user's id; or mailto: and an address to which reminders were sent.") var id: String
        @Flag(help: "Only count what would change, by table.") var dryRun = false
        @Flag(help: "Don't ask.") var yes = false

        func validate() throws {
            do {
                _ = try Erasable(id)
            } catch {
                throw ValidationError("ID: \(error)")
            }
        }

        func run() async throws {
            let person = try Erasable(id)
            // Counting reads every table.
            try await Connecting.withStore(statementTimeout: .seconds(3_600)) { store in
                try await noteOthers(of: person, store)
                if dryRun {
                    let rows = try await store.personalRows(of: person)
                    for (table, count) in rows { print("\(table)  \(count)") }
                    if rows.isEmpty { note("there is nothing of \(id)") }
                } else if yes || isConfirmed() {
                    try await erase(person, store)
                } else {
                    note("nothing was changed")
                    throw ExitCode.failure
                }
            }
        }

        /// The address of a user is erased with the user, and not without them.
        private func noteOthers(of person: Erasable, _ store: ReminderStore) async throws {
            guard let address = person.recipient.address else { return }
            for user in try await store.users(withAddress: address) where dryRun || !yes {
                note("user \(user) has this address: that stays, until they are erased")
            }
        }

        private func isConfirmed() -> Bool {
            note("Erase \(id)? It cannot be undone. Type the id again: ", terminator: "")
            return readLine(strippingNewline: true).map { OpaqueID($0) == OpaqueID(id) } ?? false
        }

        private func erase(_ person: Erasable, _ store: ReminderStore) async throws {
            let requester = "cli:" + (ProcessInfo.processInfo.environment["USER"] ?? "operator")
            let id = try await store.beginErasure(of: person, by: requester)
            var step = ""
            var erasure = try await store.goOnErasing(id, for: .seconds(1))
            while erasure.finishedAt == nil {
                if erasure.step != step { note("at \(erasure.step)") }
                step = erasure.step
                // A sender may have something of theirs in hand, or a scheduler be at this erasure.
                try await Task.sleep(for: .milliseconds(200))
                erasure = try await store.goOnErasing(id, for: .seconds(1))
            }
            for (table, count) in erasure.counts.sorted(by: { $0.key < $1.key }) where count > 0 {
                print("\(table)  \(count)")
            }
            note("erased; what still counts for them is called \(erasure.pseudonym)")
            for archive in try await store.archivedPartitions() where archive.archivedAt < erasure.startedAt {
                note("may still be in \(archive.file), which was written before")
            }
        }
    }
}
