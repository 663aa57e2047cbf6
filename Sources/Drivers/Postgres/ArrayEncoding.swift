/// The binary form of one-dimensional arrays (array_recv): the number of dimensions, whether there are NULLs, the
/// element type, length and lower bound, then each element after its size, which is -1 for NULL.
enum ArrayEncoding {
    private static let header = 12
    private static let dimension = 8
    private static let elementHeader = 4

    static func size<Element>(_ array: [Element], _ width: Int) -> Int {
        array.isEmpty ? header : header + dimension + array.count * (elementHeader + width)
    }

    static func size<Element>(_ array: [Element?], _ width: Int) -> Int {
        size(array) { $0 == nil ? 0 : width }
    }

    static func size<Element>(_ array: [Element], _ width: (Element) -> Int) -> Int {
        guard !array.isEmpty else { return header }
        var total = header + dimension + array.count * elementHeader
        for element in array { total += width(element) }
        return total
    }

    @inline(__always)
    static func write<Element>(
        _ array: [Element], _ type: UInt32, _ width: Int, _ writer: inout ByteWriter,
        element write: (Element, inout ByteWriter) -> Void
    ) {
        Self.write(array, type, &writer, size: { _ in width }, element: write)
    }

    @inline(__always)
    static func write<Element>(
        _ array: [Element?], _ type: UInt32, _ width: Int, _ writer: inout ByteWriter,
        element write: (Element, inout ByteWriter) -> Void
    ) {
        Self.write(array, type, &writer, size: { _ in width }, element: write)
    }

    @inline(__always)
    static func write<Element>(
        _ array: [Element], _ type: UInt32, _ writer: inout ByteWriter, size: (Element) -> Int,
        element write: (Element, inout ByteWriter) -> Void
    ) {
        writeHeader(count: array.count, hasNulls: false, type, &writer)
        for element in array {
            writer.write(Int32(truncatingIfNeeded: size(element)))
            write(element, &writer)
        }
    }

    @inline(__always)
    static func write<Element>(
        _ array: [Element?], _ type: UInt32, _ writer: inout ByteWriter, size: (Element) -> Int,
        element write: (Element, inout ByteWriter) -> Void
    ) {
        writeHeader(count: array.count, hasNulls: array.contains { $0 == nil }, type, &writer)
        for element in array {
            if let element {
                writer.write(Int32(truncatingIfNeeded: size(element)))
                write(element, &writer)
            } else {
                writer.write(Int32(-1))
            }
        }
    }

    private static func writeHeader(count: Int, hasNulls: Bool, _ type: UInt32, _ writer: inout ByteWriter) {
        writer.write(Int32(count == 0 ? 0 : 1))
        writer.write(Int32(hasNulls ? 1 : 0))
        writer.write(type)
        guard count > 0 else { return }
        writer.write(Int32(truncatingIfNeeded: count))
        writer.write(Int32(1))
    }
}
