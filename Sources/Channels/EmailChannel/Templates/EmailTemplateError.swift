/// Everything that is wrong with the templates of an operator.
public struct EmailTemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One thing that is wrong.
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// The file within the directory of templates; empty for the directory itself.
        public let file: String
        /// The line, counted from 1, if it is about one.
        public let line: Int?
        /// What is wrong and what would be right.
        public let problem: String

        /// `da/subject.mustache:1: {{titel}} is no name; …`
        public var description: String {
            (file.isEmpty ? "" : file + (line.map { ":\($0)" } ?? "") + ": ") + problem
        }
    }

    /// At least one.
    public let problems: [Problem]

    /// One problem a line.
    public var description: String {
        "the mail templates can't be used:\n" + problems.map { "  \($0)" }.joined(separator: "\n")
    }
}
