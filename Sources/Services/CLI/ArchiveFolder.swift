import Foundation
import RemindersDomain
import RemindersStore

/// A folder of archived partitions with the manifest that says what they are.
///
/// A file gets its final name when all of it is on the disk. Then the manifest says so, and then the database: whoever is cut
/// off in between writes that partition once more.
struct ArchiveFolder {
    /// `manifest.json`.
    struct Manifest: Codable {
        struct Entry: Codable {
            let partition: String
            let table: String
            let file: String
            let beginsAt: String?
            let endsAt: String?
            let rows: Int64
            let bytes: Int
            let archivedAt: String
            let columns: [PartitionColumn]
            /// Erasures of people that were asked for since: these may still be in the file.
            var erasuresSince: [String]
        }

        var format = 1
        var archives: [Entry] = []
    }

    private let folder: URL
    private var manifestFile: URL { folder.appendingPathComponent("manifest.json") }

    /// - Throws: what keeps the folder from being made.
    init(path: String) throws {
        folder = URL(fileURLWithPath: path).standardizedFileURL
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// What the manifest says; nothing where there is none.
    func manifest() throws -> Manifest {
        guard FileManager.default.fileExists(atPath: manifestFile.path) else { return Manifest() }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Manifest.self, from: Data(contentsOf: manifestFile))
    }

    /// Writes a partition to its file, and says so in the manifest and the database.
    ///
    /// - Returns: how many rows it has.
    func archive(_ partition: TablePartition, _ store: ReminderStore) async throws -> Int64 {
        let columns = try await store.columns(ofPartition: partition.name)
        let file = folder.appendingPathComponent("\(partition.name).csv")
        let unfinished = try UnfinishedFile(becoming: file)
        try unfinished.write(columns.map(\.name).joined(separator: ",") + "\n")
        let rows = try await store.readPartition(partition.name, columns) { lines in
            try unfinished.write(lines.joined(separator: "\n") + "\n")
        }
        let bytes = try unfinished.finish()
        var manifest = try manifest()
        manifest.archives.removeAll { $0.partition == partition.name }
        manifest.archives.append(
            Manifest.Entry(
                partition: partition.name, table: partition.table, file: file.lastPathComponent,
                beginsAt: partition.beginsAt?.rfc3339, endsAt: partition.endsAt?.rfc3339, rows: rows, bytes: bytes,
                archivedAt: try await store.now().rfc3339, columns: columns, erasuresSince: []))
        try write(manifest)
        _ = try await store.rememberArchive(of: partition.name, file: file.path, rows: rows)
        return rows
    }

    /// Says in the manifest which files were written before a person was erased.
    func noteErasures(_ store: ReminderStore) async throws {
        var manifest = try manifest()
        guard !manifest.archives.isEmpty else { return }
        for index in manifest.archives.indices {
            guard let written = Instant(rfc3339: manifest.archives[index].archivedAt) else { continue }
            manifest.archives[index].erasuresSince = try await store.erasures(since: written).map(\.id)
        }
        try write(manifest)
    }

    private func write(_ manifest: Manifest) throws {
        let file = try UnfinishedFile(becoming: manifestFile)
        try file.write(try JSONText.of(manifest) + "\n")
        _ = try file.finish()
    }
}

/// A file that gets its name when all of it is on the disk.
private final class UnfinishedFile: Sendable {
    private let final: URL
    private let part: URL
    private let handle: FileHandle

    init(becoming file: URL) throws {
        final = file
        part = file.appendingPathExtension("part")
        _ = FileManager.default.createFile(atPath: part.path, contents: nil, attributes: [.posixPermissions: 0o600])
        handle = try FileHandle(forWritingTo: part)
    }

    func write(_ text: String) throws {
        try handle.write(contentsOf: Data(text.utf8))
    }

    /// - Returns: how many bytes it has.
    func finish() throws -> Int {
        try handle.synchronize()
        let bytes = try handle.offset()
        try handle.close()
        guard rename(part.path, final.path) == 0 else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: final.path])
        }
        // The name is kept by the folder.
        let folder = try FileHandle(forReadingFrom: final.deletingLastPathComponent())
        try folder.synchronize()
        try folder.close()
        return Int(bytes)
    }
}
