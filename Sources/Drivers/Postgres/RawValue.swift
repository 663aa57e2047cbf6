/// Bytes of one value as the server sent them, valid while their result lives.
struct RawValue {
    let bytes: UnsafeRawBufferPointer
    let type: UInt32

    @inline(__always)
    func load<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int = 0) -> Value? {
        guard bytes.count >= offset + MemoryLayout<Value>.size else { return nil }
        return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// The whole value as one integer, nil when it has another size.
    @inline(__always)
    func whole<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type) -> Value? {
        bytes.count == MemoryLayout<Value>.size ? load(Value.self) : nil
    }
}
