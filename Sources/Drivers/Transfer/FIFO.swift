/// A queue whose ends cost the same however long it is.
struct FIFO<Element> {
    private var front: [Element] = []
    private var back: [Element?] = []
    private var head = 0

    var count: Int { front.count + back.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        back.append(element)
    }

    /// Puts an element before all others.
    mutating func prepend(_ element: Element) {
        front.append(element)
    }

    mutating func popFirst() -> Element? {
        if let element = front.popLast() { return element }
        guard head < back.count else { return nil }
        defer {
            back[head] = nil
            head += 1
            if head == back.count {
                back.removeAll(keepingCapacity: true)
                head = 0
            } else if head >= 1024, head * 2 > back.count {
                back.removeFirst(head)
                head = 0
            }
        }
        return back[head]
    }
}
