/// A column of one result, found by its name: see `Rows.column(_:)`.
///
/// There is no way to say which one by counting: what is inserted into a statement in front would shift what is read.
public struct Column: Sendable, Hashable {
    /// From 0.
    let index: Int32

    init(index: Int32) {
        self.index = index
    }
}
