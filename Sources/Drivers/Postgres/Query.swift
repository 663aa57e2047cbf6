/// One statement with its parameters `$1`, `$2`, ...
public struct Query: Sendable {
    /// The statement. It is prepared once on each connection under this text, so it should be a constant.
    public let sql: String
    /// The values of `$1`, `$2`, ...
    public let parameters: [PostgresValue]

    /// Takes a statement and its parameters.
    public init(_ sql: String, _ parameters: [PostgresValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}
