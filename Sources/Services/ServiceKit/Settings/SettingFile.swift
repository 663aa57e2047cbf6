import Foundation

/// Reads the files that settings come from.
enum SettingFile {
    /// Enough for any password, certificate or `.env` file; a mistaken path (a log, a device) is not read whole.
    static let sizeLimit = 1 << 20

    /// The text of the file. The problem follows the words "file PATH" in a sentence.
    static func text(_ path: String) throws(SettingProblem) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SettingProblem("cannot be opened: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            throw SettingProblem("is a directory")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SettingProblem("cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= sizeLimit else { throw SettingProblem("is larger than \(sizeLimit) bytes") }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw SettingProblem("is not UTF-8 text") }
        return text
    }

    /// The text of a file that holds one value: without one line end at its end, which editors and `echo` add.
    static func value(_ path: String) throws(SettingProblem) -> String {
        let text = try text(path)
        return text.last == "\n" || text.last == "\r\n" ? String(text.dropLast()) : text
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }
}
