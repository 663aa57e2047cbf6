@testable import RemindersPostgres

/// Tests may count the columns of a statement that they hold in their hands; the sources read by name.
extension Column: ExpressibleByIntegerLiteral {
    /// From 0.
    public init(integerLiteral value: Int32) {
        self.init(index: value)
    }
}
