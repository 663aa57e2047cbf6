import ArgumentParser
import Logging
import RemindersBroker
import RemindersDomain
import RemindersStore

/// `reminders dead-letters`
struct DeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Shows messages that could not be read or delivered, and settles them.",
        subcommands: [List.self, Show.self, Retry.self, Discard.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists them, newest first.")
        @Option(help: "Only of this queue.") var queue: String?
        @Flag(help: "Also those that were settled.") var all = false
        @Option(help: "At most so many.") var limit = 50

        func run() async throws {
            var filter = DeadLetterFilter()
            filter.queue = queue
            filter.includesSettled = all
            filter.limit = limit
            let letters = try await Connecting.withStore { try await $0.deadLetters(filter) }
            for letter in letters { print(letter.line) }
            if letters.isEmpty { note("there are none") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows one with its body.")
        @Argument(help: "Its number.") var id: Int64

        func run() async throws {
            guard let letter = try await Connecting.withStore({ try await $0.deadLetter(id) }) else {
                throw ValidationError("there is no dead letter \(id)")
            }
            print(letter.summary.line)
            if let contentType = letter.contentType { print(VisibleText.escaped("content-type: \(contentType)")) }
            for header in letter.headers { print(VisibleText.escaped("\(header.name): \(header.value)")) }
            print("")
            print(String(decoding: letter.body, as: UTF8.self))
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends it to its queue again.",
            discussion: """
                What cannot be read today cannot be read again: retry what a new version reads, or what failed because \
                of something that is in order now. The copy in the queue of dead letters stays where it is.
                """)
        @Argument(help: "Their numbers.") var ids: [Int64]

        func run() async throws {
            let broker = try Connecting.broker()
            let logger = Logger(label: "reminders") { _ in SwiftLogNoOpLogHandler() }
            let name = Connecting.deployment()
            try await Connecting.withStore { store in
                if let reason = try await store.deploymentVerdict(of: name).reason {
                    note("everything is held: \(reason)")
                    throw ExitCode.failure
                }
                let retry = DeadLetterRetry(store: store, broker: broker, logger: logger)
                try await settle(ids) { try await retry($0) }
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Settles it: it is of no more use.")
        @Argument(help: "Their numbers.") var ids: [Int64]

        func run() async throws {
            try await Connecting.withStore { store in
                try await settle(ids) { try await store.discardDeadLetter($0) }
            }
        }
    }

    /// Settles each, and fails at the end when one could not be.
    private static func settle(_ ids: [Int64], by act: (Int64) async throws -> StoredDeadLetter) async throws {
        var isComplete = true
        for id in ids {
            do {
                print(try await act(id).summary.line)
            } catch let refusal as DeadLetterRefusal {
                note("\(id): \(refusal)")
                isComplete = false
            }
        }
        if !isComplete { throw ExitCode.failure }
    }
}

extension DeadLetterSummary {
    /// `17  2026-02-10T14:30:00Z  email-sender.deliveries  delivery.requested.v1  512 bytes  /title is missing`
    fileprivate var line: String {
        var parts = ["\(id)", Instant(seconds: createdAt.seconds).rfc3339, queue, type ?? "-", "\(bodySize) bytes"]
        if let settledHow { parts.append("(\(settledHow.rawValue))") }
        parts.append(reason)
        return VisibleText.escaped(parts.joined(separator: "  "))
    }
}
