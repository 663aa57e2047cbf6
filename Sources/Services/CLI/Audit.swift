import ArgumentParser
import Foundation
import RemindersDomain
import RemindersScheduling
import RemindersServiceKit
import RemindersSettingsKit
import RemindersStore

/// `reminders audit`
struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds what should have gone on by itself and has not.",
        discussion: """
            What waits rightly is no finding: what is held, waits for another attempt, leaves with a digest, is for a channel \
            that waits for its operator, or is a dead letter. After the database was restored from a backup, \
            --since-restore looks for what the ledger lacks: in the dead letters, in the broker's queues (messages are read \
            and stay where they are) and, with --sent-ids, among the Message-IDs of mail that a server took.

            Exits with 0 when nothing was found, with 1 when something was, and with 2 when it could not look.

            Examples:
              reminders audit
              reminders audit --json --after 5m
              reminders audit --since-restore --sent-ids message-ids.txt
            """)
    @Option(help: "How long something may not go on: 90s, 10m. By default REMINDERS_AUDIT_AFTER, else 10m.")
    var after: String?
    @Flag(help: "Also look for what the ledger lacks since it was restored from a backup.") var sinceRestore = false
    @Option(
        help: "With --since-restore: a file with a Message-ID of mail that was sent on each line; - is standard input.")
    var sentIds: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if sentIds != nil, !sinceRestore { throw ValidationError("--sent-ids goes with --since-restore") }
    }

    func run() async throws {
        let isClean: Bool
        do {
            isClean = try await look()
        } catch {
            note("the audit could not be made: \(error)")
            throw ExitCode(2)
        }
        if !isClean { throw ExitCode(1) }
    }

    /// - Returns: whether nothing was found.
    private func look() async throws -> Bool {
        var arguments = ["reminders"]
        if let after { arguments += ["--audit-after", after] }
        var settings = SettingsReader(service: "reminders", arguments: arguments)
        let patience = AuditSettings.read(&settings)
        settings.validateOrExit()
        let sent = try sentIds.map(SentMail.init(readingFile:))
        let (findings, restored) = try await Connecting.withStore(isPlannedByKey: true) { store in
            (
                try await Auditor(store: store, patience: patience).audit(),
                sinceRestore ? try await RestoreAudit(store: store).look(sent: sent) : nil
            )
        }
        if json {
            print(try JSONText.of(Report(findings: findings.map(Report.Finding.init), sinceRestore: restored)))
        } else {
            for finding in findings { print(finding.line) }
            for line in restored?.lines ?? [] { print(VisibleText.escaped(line)) }
        }
        let isClean = findings.isEmpty && restored?.isEmpty != false
        if isClean { note("nothing was found") }
        return isClean
    }

    private struct Report: Encodable {
        struct Finding: Encodable {
            let kind: String
            let words: String
            let channel: String?
            let count: Int
            let areMore: Bool
            let since: String?
            let examples: [String]

            init(_ finding: AuditFinding) {
                kind = finding.kind.rawValue
                words = finding.kind.words
                channel = finding.channel?.rawValue
                count = finding.count
                areMore = finding.areMore
                since = finding.since?.rfc3339
                examples = finding.examples
            }
        }

        let findings: [Finding]
        let sinceRestore: RestoreAudit.Report?
    }
}

extension AuditFinding {
    /// `not_sent  email  3  since 2026-02-10T14:30:00Z  no sender has got on with it: 018f…`
    fileprivate var line: String {
        var parts = [kind.rawValue]
        if let channel { parts.append(channel.rawValue) }
        parts.append(areMore ? "more than \(count)" : "\(count)")
        if let since { parts.append("since \(Instant(seconds: since.seconds).rfc3339)") }
        parts.append("\(kind.words): \(examples.joined(separator: " "))" + (count > examples.count ? " …" : ""))
        return VisibleText.escaped(parts.joined(separator: "  "))
    }
}

/// The deliveries of mail that a server is known to have taken.
struct SentMail: Sendable {
    /// What stands before the @ of the Message-IDs.
    let ids: [DeliveryID]
    /// How many lines hold no Message-ID of ours.
    let others: Int

    /// - Throws: `ValidationError` when the file can't be read.
    init(readingFile path: String) throws {
        let data: Data
        do {
            data =
                path == "-"
                ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ValidationError("--sent-ids \(path): it can't be read")
        }
        self.init(String(decoding: data, as: UTF8.self))
    }

    /// From lines such as `<018f…@example.org>`, with or without brackets and `Message-ID:` in front.
    init(_ text: String) {
        var ids: Set<DeliveryID> = []
        var others = 0
        for line in text.split(whereSeparator: \.isNewline) where !line.allSatisfy(\.isWhitespace) {
            let words = line.split { $0.isWhitespace || "<>:,;".contains($0) }
            let id = words.lazy.compactMap { $0.split(separator: "@").first.flatMap { DeliveryID($0) } }.first
            if let id { ids.insert(id) } else { others += 1 }
        }
        self.ids = ids.sorted { ($0.text) < ($1.text) }
        self.others = others
    }
}
