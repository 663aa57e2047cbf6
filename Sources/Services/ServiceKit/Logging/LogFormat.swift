import Glibc

/// How log lines are written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, for machines.
    case json
    /// One readable line.
    case text

    /// Text when standard error is a terminal, else JSON.
    public static var forStandardError: LogFormat {
        isatty(STDERR_FILENO) == 1 ? .text : .json
    }
}

extension LogFormat {
    /// Whether text lines get colours: only on a terminal that knows them, and not against the user's wish
    /// (https://no-color.org).
    static func usesColour(descriptor: Int32, environment: (String) -> String?) -> Bool {
        let refuses = environment("NO_COLOR").map { !$0.isEmpty } ?? false
        return isatty(descriptor) == 1 && !refuses && environment("TERM") != "dumb"
    }
}
