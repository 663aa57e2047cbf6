/// Whom people may have reminded, as the operator allows it. Services may have anybody reminded.
public struct NotifyingPolicy: Hashable, Sendable {
    /// Which users.
    public enum Whom: String, CaseIterable, Sendable {
        /// Everybody.
        case anyone
        /// Themselves alone; others are for services. No mail addresses either.
        case oneself
    }

    /// Which users.
    public var whom = Whom.anyone
    /// What may stand behind the `@` of addresses that people give, in lower case; nil for anything.
    public var domains: Set<String>?

    /// No restriction.
    public init() {}

    /// Whether a person may have a user reminded.
    public func allows(_ user: OpaqueID, remindedBy person: OpaqueID) -> Bool {
        whom == .anyone || user == person
    }

    /// Whether a person may have an address reminded.
    public func allows(address: String) -> Bool {
        whom == .anyone && isKnown(domainOf: address)
    }

    /// Whether a person may have their own mail sent to an address.
    ///
    /// - Parameter own: the address that services gave for them.
    public func allows(ownMailTo address: String, own: String?) -> Bool {
        isKnown(domainOf: address) || own.map { $0.lowercased() == address.lowercased() } ?? false
    }

    private func isKnown(domainOf address: String) -> Bool {
        guard let domains else { return true }
        return address.split(separator: "@").last.map { domains.contains($0.lowercased()) } ?? false
    }
}
