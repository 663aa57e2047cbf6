/// The kinds of things a reminder can be about.
public enum EntityType: String, CaseIterable, Sendable, Codable {
    /// A case (Danish *sag*).
    case `case`
    /// A task.
    case task
    /// A bug.
    case bug
    /// A project.
    case project

    /// Reads the name in any case; `sag` is a case.
    public init?(_ text: String) {
        let name = text.lowercased()
        if let type = EntityType(rawValue: name) {
            self = type
        } else if name == "sag" {
            self = .case
        } else {
            return nil
        }
    }
}
