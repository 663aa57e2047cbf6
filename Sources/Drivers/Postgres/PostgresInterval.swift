/// An `interval` as PostgreSQL keeps it: three parts that have no fixed relation to each other.
public struct PostgresInterval: Hashable, Sendable {
    /// Months, of whatever length they have.
    public var months: Int32
    /// Days, of whatever length they have.
    public var days: Int32
    /// Time in microseconds.
    public var microseconds: Int64

    /// Takes the three parts.
    public init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
        self.months = months
        self.days = days
        self.microseconds = microseconds
    }
}
