import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Load, and something that breaks under it, again and again: `./test --faults` for minutes, `./test` briefly.
    @Suite struct Faults {
        @Test(arguments: FaultScene.wanted)
        func nothingIsLostAndEverythingIsRecordedOnce(scene: FaultScene) async throws {
            try await FaultRun.play(scene)
        }

        @Test func theCommandLineKnowsEveryScene() async throws {
            let names = FaultScene.all.map(\.name)
            #expect(Set(names).count == names.count)
            let list = try await Command.run(
                Repository.root.appendingPathComponent("test").path, ["--faults", "--list"])
            let listed = list.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
            #expect(listed.sorted() == names.sorted())
            #expect(FaultScene.named.filter { !names.contains($0) } == [], "there is no such scene")
        }
    }
}

/// What is broken, and how. `./test --faults --list` reads name and summary from the line they stand in.
struct FaultScene: Sendable, CustomTestStringConvertible {
    /// A server that a scene breaks, and therefore has for itself.
    enum Server {
        case broker, database
        /// A database on a disk of its own, which can be filled; only root can have one.
        case databaseOnSmallDisk
    }

    /// As it is named on the command line.
    let name: String
    /// What is done, in a line.
    let summary: String
    /// What it breaks.
    let server: Server?
    /// Whether `./test` plays a short form of it.
    let isShort: Bool
    /// Puts load on, and breaks things under it.
    let play: @Sendable (FaultRun) async throws -> Void

    init(
        _ name: String, _ summary: String, breaking server: Server? = nil, isShort: Bool = false,
        play: @escaping @Sendable (FaultRun) async throws -> Void
    ) {
        self.name = name
        self.summary = summary
        self.server = server
        self.isShort = isShort
        self.play = play
    }

    var testDescription: String { name }

    /// All there are.
    static let all = services + stopped + broker + database + restored + receivers + limits

    /// `REMINDERS_FAULTS`: names of scenes, or `all`; empty for the short form of some.
    private static let wish = ProcessInfo.processInfo.environment["REMINDERS_FAULTS"] ?? ""

    /// Whether scenes take their time.
    static let isLong = !wish.isEmpty

    /// The scenes that were asked for by name.
    static let named = wish == "all" ? [] : wish.split(separator: " ").map(String.init)

    /// The scenes to play.
    static let wanted = all.filter { scene in
        isLong ? named.isEmpty || named.contains(scene.name) : scene.isShort
    }
}
