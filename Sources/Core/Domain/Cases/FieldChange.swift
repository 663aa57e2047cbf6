/// What an event says about a field that can be empty.
public enum FieldChange<Value: Hashable & Sendable>: Hashable, Sendable {
    /// Nothing: the field was absent.
    case unchanged
    /// It has this value now.
    case set(Value)
    /// It is empty now: the field was null.
    case removed

    func applied(to old: Value?) -> Value? {
        switch self {
        case .unchanged: old
        case .set(let value): value
        case .removed: nil
        }
    }
}
