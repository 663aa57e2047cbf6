import RemindersDomain

/// What a token says its bearer may do beyond their own things. The raw values are words of the claim `scope`.
public enum Scope: String, CaseIterable, Hashable, Sendable {
    /// An operator: everything.
    case admin
    /// Another service: all reminders, cases and people.
    case service
}

/// Whose token it was, after every check.
public struct Identity: Hashable, Sendable {
    /// The user's id, `sub` of the token: 1 to 200 bytes.
    public let userID: OpaqueID
    /// Words of `scope` that mean something here; others are ignored.
    public let scopes: Set<Scope>

    /// A bearer with these rights.
    public init(userID: OpaqueID, scopes: Set<Scope> = []) {
        self.userID = userID
        self.scopes = scopes
    }

    /// Whether the bearer is an operator.
    public var isAdministrator: Bool { scopes.contains(.admin) }

    /// Whether the bearer is another service, or an operator, who may do what services may.
    public var isService: Bool { isAdministrator || scopes.contains(.service) }

    /// Whether the bearer may do what `scope` allows.
    public func has(_ scope: Scope) -> Bool {
        isAdministrator || scopes.contains(scope)
    }
}
