import ArgumentParser
import Foundation
import RemindersDomain
import RemindersServiceKit
import RemindersSettingsKit
import RemindersStore

/// `reminders archive`
struct Archive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes weeks that are old enough to go to files, before they go.",
        discussion: """
            Each week of the log, the ledger, the queue and the pop-ups that is older than it is kept (REMINDERS_KEEP_LOG, \
            _DELIVERIES, _POPUPS) becomes a file NAME.csv in the folder; manifest.json says of each when it was written, \
            its columns and their types, how many rows and bytes it has, and which erasures of people came after it. A \
            file with its final name is complete; cut off, the same command goes on.

            To read one again: COPY table FROM 'NAME.csv' WITH (FORMAT csv, HEADER).
            """)
    @Argument(help: "The folder, which is made if need be.") var directory: String

    func run() async throws {
        var settings = SettingsReader(service: "reminders", arguments: ["reminders"])
        let retention = RetentionSettings.read(&settings)
        settings.validateOrExit()
        let folder = try ArchiveFolder(path: directory)
        try await Connecting.withStore(statementTimeout: .seconds(600)) { store in
            let partitions = try await store.partitionsToArchive(retention)
            for partition in partitions {
                let rows = try await folder.archive(partition, store)
                print("\(partition.name)  \(rows)")
            }
            try await folder.noteErasures(store)
            if partitions.isEmpty { note("nothing is old enough that is not archived") }
        }
    }
}
