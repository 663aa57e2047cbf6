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

/// Reads the binary form of values (PostgreSQL's `*_send` functions). Each returns nil when the type does not fit.
enum ValueDecoding {
    static func bool(_ value: RawValue) -> Bool? {
        guard value.type == PostgresType.bool else { return nil }
        return value.whole(UInt8.self).map { $0 != 0 }
    }

    /// smallint, integer and bigint alike.
    @inline(__always)
    static func int64(_ value: RawValue) -> Int64? {
        switch value.type {
        case PostgresType.int8: value.whole(Int64.self)
        case PostgresType.int4: value.whole(Int32.self).map(Int64.init)
        case PostgresType.int2: value.whole(Int16.self).map(Int64.init)
        case PostgresType.oid: value.whole(UInt32.self).map(Int64.init)
        default: nil
        }
    }

    static func int32(_ value: RawValue) -> Int32? {
        int64(value).flatMap(Int32.init(exactly:))
    }

    static func double(_ value: RawValue) -> Double? {
        switch value.type {
        case PostgresType.float8: value.whole(UInt64.self).map(Double.init(bitPattern:))
        case PostgresType.float4: value.whole(UInt32.self).map { Double(Float(bitPattern: $0)) }
        default: nil
        }
    }

    /// Everything whose binary form is text, enumerations too, and jsonb as its JSON text.
    @inline(__always)
    static func text(_ value: RawValue) -> String? {
        if PostgresType.isText(value.type) { return String(decoding: value.bytes, as: UTF8.self) }
        // jsonb_send puts a version byte before the text.
        guard value.type == PostgresType.jsonb, value.bytes.first == 1 else { return nil }
        return String(decoding: value.bytes.dropFirst(), as: UTF8.self)
    }

    static func bytes(_ value: RawValue) -> [UInt8]? {
        value.type == PostgresType.bytea ? Array(value.bytes) : nil
    }

    static func uuid(_ value: RawValue) -> UUIDBytes? {
        guard value.type == PostgresType.uuid, value.bytes.count == 16,
            let high = value.load(UInt64.self), let low = value.load(UInt64.self, at: 8)
        else { return nil }
        return UUIDBytes(high: high, low: low)
    }

    /// Microseconds since 1970 of a timestamptz, or of a timestamp read as UTC. The infinities are the extremes.
    @inline(__always)
    static func timestamp(_ value: RawValue) -> Int64? {
        guard value.type == PostgresType.timestamptz || value.type == PostgresType.timestamp,
            let microseconds = value.whole(Int64.self)
        else { return nil }
        let isInfinite = microseconds == .max || microseconds == .min
        return isInfinite ? microseconds : microseconds + PostgresEpoch.microseconds
    }

    /// Days since 1970. The infinities are the extremes.
    static func date(_ value: RawValue) -> Int32? {
        guard value.type == PostgresType.date, let days = value.whole(Int32.self) else { return nil }
        return days == .max || days == .min ? days : days + PostgresEpoch.days
    }

    /// Microseconds since midnight.
    static func time(_ value: RawValue) -> Int64? {
        value.type == PostgresType.time ? value.whole(Int64.self) : nil
    }

    static func interval(_ value: RawValue) -> PostgresInterval? {
        guard value.type == PostgresType.interval, value.bytes.count == 16,
            let microseconds = value.load(Int64.self), let days = value.load(Int32.self, at: 8),
            let months = value.load(Int32.self, at: 12)
        else { return nil }
        return PostgresInterval(months: months, days: days, microseconds: microseconds)
    }
}

/// Reads the binary form of arrays (array_send); see `ArrayEncoding` for its parts.
enum ArrayDecoding {
    /// - Returns: nil when the bytes are no array of at most one dimension, or an element does not fit.
    static func elements<Element>(
        _ value: RawValue, _ decode: (RawValue) -> Element?
    ) -> [Element?]? {
        guard let dimensions = value.load(Int32.self), let type = value.load(UInt32.self, at: 8) else { return nil }
        guard dimensions > 0 else { return dimensions == 0 && value.bytes.count == 12 ? [] : nil }
        guard dimensions == 1, let count = value.load(Int32.self, at: 12), count >= 0 else { return nil }
        var elements: [Element?] = []
        // Each element takes four bytes or more: a wrong count can't reserve more than there is.
        elements.reserveCapacity(min(Int(count), value.bytes.count / 4))
        var offset = 20
        for _ in 0..<count {
            guard let length = value.load(Int32.self, at: offset) else { return nil }
            offset += 4
            guard length >= 0 else {
                elements.append(nil)
                continue
            }
            let end = offset + Int(length)
            guard end <= value.bytes.count else { return nil }
            let bytes = UnsafeRawBufferPointer(rebasing: value.bytes[offset..<end])
            guard let element = decode(RawValue(bytes: bytes, type: type)) else { return nil }
            elements.append(element)
            offset = end
        }
        return elements
    }

    /// The same without NULLs; one of them makes it nil.
    static func elementsWithoutNull<Element>(
        _ value: RawValue, _ decode: (RawValue) -> Element?
    ) -> [Element]? {
        guard let elements = elements(value, decode) else { return nil }
        let present = elements.compactMap { $0 }
        return present.count == elements.count ? present : nil
    }
}
