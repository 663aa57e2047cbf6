/// What a reminder is about: a case, task, bug or project. Compared byte by byte, as all ids are.
public struct CaseReference: Sendable, Codable {
    /// `case`, `task`, `bug` or `project`: see `EntityType`.
    public var entityType: String
    /// Opaque text; a JSON number is kept as its digits.
    public var id: String

    /// Refers to the thing of the given kind and id; neither is looked at.
    public init(entityType: String, id: String) {
        self.entityType = entityType
        self.id = id
    }

    enum CodingKeys: String, CodingKey {
        case entityType = "entity_type"
        case id
    }
}

extension CaseReference: Hashable {
    /// Whether both have the same bytes: see `OpaqueID`.
    public static func == (left: CaseReference, right: CaseReference) -> Bool {
        left.entityType.hasSameBytes(as: right.entityType) && left.id.hasSameBytes(as: right.id)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(OpaqueID(entityType))
        hasher.combine(OpaqueID(id))
    }
}

extension CaseReference: CustomStringConvertible {
    /// `case/123`
    public var description: String { "\(entityType)/\(id)" }
}
