/// The name of a deployment, such as `production`: whose database it is.
public struct DeploymentName: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let text: String

    /// nil for anything but 1 to 63 lower-case letters, digits, dots, hyphens and underscores, a letter or digit in front.
    public init?(_ text: String) {
        func isPlain(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = text.utf8.first, isPlain(first), text.utf8.count <= 63,
            text.utf8.allSatisfy({ isPlain($0) || "._-".utf8.contains($0) })
        else { return nil }
        self.text = text
    }

    /// What a name is, in words.
    public static let expected = "1 to 63 of a-z, 0-9, dot, hyphen and underscore, a letter or digit in front"

    /// The name.
    public var description: String { text }
}

/// What a database says about whose it is.
public struct DatabaseClaim: Hashable, Sendable {
    /// Of which deployment; nil where none was named.
    public var name: DeploymentName?
    /// Whether it is where it was when it was claimed, as far as can be seen.
    public var isInPlace: Bool
    /// When it was claimed, or made.
    public var claimedAt: Instant
    /// Another one each time that it is claimed.
    public var epoch: String

    /// A claim with these parts.
    public init(name: DeploymentName?, isInPlace: Bool, claimedAt: Instant, epoch: String) {
        self.name = name
        self.isInPlace = isInPlace
        self.claimedAt = claimedAt
        self.epoch = epoch
    }
}

/// Whether a deployment may work on a database, or everything in it is to be held: pure.
public enum DeploymentVerdict: Hashable, Sendable {
    /// It is its own.
    case own
    /// It is nobody's, and becomes its own.
    case adopts
    /// It is another's or a copy, for this reason.
    case held(reason: String)

    /// - Parameters:
    ///   - here: the deployment's name; nil where it has none.
    ///   - claim: what the database says.
    public init(of here: DeploymentName?, on claim: DatabaseClaim) {
        let help = "`reminders claim-database` shows what would go, and releases it"
        switch (claim.name, here) {
        // Who names nothing is not guarded: what there was before goes on, wherever it is taken.
        case (nil, nil): self = .own
        case (let name?, nil):
            self = .held(
                reason:
                    "the database is that of “\(name)”, and this deployment has no name (REMINDERS_DEPLOYMENT); \(help)"
            )
        case (let name?, let here?) where name != here:
            self = .held(reason: "the database is that of “\(name)”, and this is “\(here)”; \(help)")
        case (_, let here?) where !claim.isInPlace:
            self = .held(
                reason: """
                    the database is not where it was when “\(claim.name ?? here)” had it last: it is a copy, or was restored \
                    from a dump; \(help)
                    """)
        case (nil, _): self = .adopts
        default: self = .own
        }
    }

    /// Why everything is held; nil when it is not.
    public var reason: String? { if case .held(let reason) = self { reason } else { nil } }
}
