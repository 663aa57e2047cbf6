/// A queue in a ring: constant time at both ends and by index.
struct Deque<Element> {
    private var ring: [Element?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    var first: Element? { isEmpty ? nil : ring[head] }

    /// - Precondition: `index` is at least 0 and below `count`.
    subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count)
            return ring[slot(index)]!  // filled, as checked
        }
        set {
            precondition(index >= 0 && index < count)
            ring[slot(index)] = newValue
        }
    }

    mutating func append(_ element: Element) {
        if count == ring.count { grow() }
        ring[slot(count)] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        defer {
            head = head + 1 == ring.count ? 0 : head + 1
            count -= 1
        }
        return ring[head].take()
    }

    mutating func removeAll() {
        self = Deque()
    }

    private func slot(_ index: Int) -> Int {
        let position = head + index
        return position < ring.count ? position : position - ring.count
    }

    private mutating func grow() {
        var larger: [Element?] = []
        larger.reserveCapacity(max(16, ring.count * 2))
        for index in 0..<count { larger.append(ring[slot(index)].take()) }
        larger.append(contentsOf: repeatElement(nil, count: max(16, ring.count * 2) - count))
        (ring, head) = (larger, 0)
    }
}
