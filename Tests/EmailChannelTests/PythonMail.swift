import Foundation
import Testing

/// A mail as Python's email package reads it: see parse_mail.py.
struct PythonMail: Decodable {
    struct Part: Decodable {
        let type: String
        let charset: String?
        let encoding: String?
        /// As it was decoded, lines ending in CRLF.
        let content: String

        /// With line feeds at the ends of lines.
        var text: String { content.replacing("\r\n", with: "\n") }
    }

    let headers: [[String]]
    /// Display name and address.
    let to: [[String]]
    let from: [[String]]
    /// The addresses in `To`, as the newer parser finds them.
    let recipients: [String]
    let date: String
    let type: String
    let parts: [Part]
    let defects: [String]

    /// All values of a header field.
    subscript(name: String) -> [String] {
        headers.filter { $0[0].lowercased() == name.lowercased() }.map { $0[1] }
    }

    static let interpreter = "/usr/bin/python3"
    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: interpreter) }

    /// Reads mails with one run of the interpreter.
    static func parse(_ mails: [[UInt8]]) throws -> [PythonMail] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = [Fixture.directory + "/../parse_mail.py"]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let framed = mails.reduce(into: Data()) { data, mail in
            data += Data("\(mail.count)\n".utf8)
            data += mail
        }
        // Python reads all before it writes, so neither waits for the other.
        input.fileHandleForWriting.write(framed)
        try input.fileHandleForWriting.close()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode([PythonMail].self, from: answer)
    }
}
