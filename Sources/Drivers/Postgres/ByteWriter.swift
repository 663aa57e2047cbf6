/// Writes big-endian values into memory whose size was computed before.
struct ByteWriter: ~Copyable {
    private var next: UnsafeMutableRawPointer
    private let end: UnsafeMutableRawPointer

    /// Starts at `memory`, which `written` says how much of was filled.
    init(_ memory: UnsafeMutableRawPointer, capacity: Int) {
        next = memory
        end = memory + capacity
    }

    var remaining: Int { end - next }

    @inline(__always)
    mutating func write(_ value: some FixedWidthInteger & BitwiseCopyable) {
        let size = value.bitWidth / 8
        precondition(remaining >= size)
        next.storeBytes(of: value.bigEndian, as: type(of: value))
        next += size
    }

    mutating func write(_ value: Bool) {
        write(UInt8(value ? 1 : 0))
    }

    mutating func write(_ uuid: UUIDBytes) {
        write(uuid.high)
        write(uuid.low)
    }

    /// Microseconds since 1970; the extremes stay what they are: they are the two infinities.
    mutating func write(timestamp microseconds: Int64) {
        let isInfinite = microseconds == .max || microseconds == .min
        write(isInfinite ? microseconds : microseconds &- PostgresEpoch.microseconds)
    }

    /// jsonb_recv wants a version byte before the text.
    mutating func write(jsonb text: String) {
        write(UInt8(1))
        write(text)
    }

    mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        precondition(remaining >= bytes.count)
        guard let start = bytes.baseAddress else { return }
        next.copyMemory(from: start, byteCount: bytes.count)
        next += bytes.count
    }
}
