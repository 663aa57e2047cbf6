/// What is known about a case.
public struct CaseRecord: Hashable, Sendable {
    /// Which case.
    public var reference: CaseReference
    /// Its title.
    public var title: String?
    /// Its status, in the words of the service that owns it.
    public var status: String?
    /// Its deadline.
    public var deadline: Instant?
    /// Where people can look at it.
    public var url: String?
    /// Whether it was closed.
    public var isClosed: Bool
    /// Whether it was deleted.
    public var isDeleted: Bool
    /// The time of the newest event that is part of this.
    public var changedAt: Instant

    /// A case with all its parts.
    public init(
        reference: CaseReference, title: String? = nil, status: String? = nil, deadline: Instant? = nil,
        url: String? = nil, isClosed: Bool = false, isDeleted: Bool = false, changedAt: Instant
    ) {
        self.reference = reference
        self.title = title
        self.status = status
        self.deadline = deadline
        self.url = url
        self.isClosed = isClosed
        self.isDeleted = isDeleted
        self.changedAt = changedAt
    }
}
