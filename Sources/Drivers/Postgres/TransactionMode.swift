/// How a transaction begins (PostgreSQL manual, "Transaction Isolation").
public enum TransactionMode: Sendable {
    /// Each statement sees what is committed when it begins.
    case readCommitted
    /// All statements see what was committed when the first began.
    case repeatableRead
    /// As if transactions ran one after the other; may fail with SQLSTATE 40001 and has then to be done again.
    case serializable
    /// Repeatable read that changes nothing.
    case readOnly

    var begin: EncodedQuery {
        switch self {
        case .readCommitted: Self.beginReadCommitted
        case .repeatableRead: EncodedQuery(command: "BEGIN ISOLATION LEVEL REPEATABLE READ")
        case .serializable: EncodedQuery(command: "BEGIN ISOLATION LEVEL SERIALIZABLE")
        case .readOnly: EncodedQuery(command: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        }
    }

    private static let beginReadCommitted = EncodedQuery(command: "BEGIN ISOLATION LEVEL READ COMMITTED")
}
