import Foundation

/// Ports on loopback.
public enum Port {
    /// A port that nobody listens on at the moment, from below the range of outgoing connections.
    ///
    /// - Throws: `CommandFailed`.
    public static func free() async throws -> UInt16 {
        try number(await Command.run(Repository.script("server"), ["ports", "1"]))
    }

    static func number(_ text: String) throws -> UInt16 {
        guard let port = UInt16(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw NotAPort(text: text)
        }
        return port
    }
}

struct NotAPort: Error {
    let text: String
}
