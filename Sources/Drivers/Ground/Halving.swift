/// Finds out which elements of a batch are at fault: what is refused is cut in halves, down to the single ones. Pure.
///
/// `next` and one of `took` and `refused` in turn, until `next` is nil. The order of the elements is kept, so what has
/// to be done one after the other is. With one element of n at fault, that takes 2·log₂(n) tries more than none.
public struct Halving<Element> {
    /// What is still to be tried, the first last.
    private var waiting: [ArraySlice<Element>]
    private var current: ArraySlice<Element> = []

    /// Begins with the whole batch.
    public init(_ batch: [Element]) {
        waiting = batch.isEmpty ? [] : [batch[...]]
    }

    /// What is to be tried now; nil when everything has been.
    public mutating func next() -> [Element]? {
        guard let part = waiting.popLast() else { return nil }
        current = part
        return Array(part)
    }

    /// What `next` gave was refused.
    ///
    /// - Returns: the element that is at fault, where it was alone; otherwise the halves come next.
    public mutating func refused() -> Element? {
        guard current.count > 1 else { return current.first }
        let middle = current.startIndex + current.count / 2
        waiting.append(current[middle...])
        waiting.append(current[..<middle])
        return nil
    }

    /// Everything that has not been tried to its end, in order.
    public var rest: [Element] { Array(waiting.reversed().joined()) }
}
