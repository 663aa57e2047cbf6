import Crypto

extension Delivery {
    /// Tells this message from every other one: a hash (SHA-256) of where it was published, of all its properties and
    /// headers, and of the size and the bytes of its body, also of one that was too large to be kept. A message that comes
    /// again has the same one, so what the broker counts up meanwhile is left out (`x-delivery-count`,
    /// `x-acquired-count`).
    public var fingerprint: [UInt8] {
        var parts = FingerprintedParts()
        parts.add(exchange)
        parts.add(routingKey)
        parts.add(properties)
        parts.add(bodySize)
        parts.add(bodyDigest ?? Array(SHA256.hash(data: body)))
        return Array(parts.hash.finalize())
    }
}

/// Each part is hashed with how long it is, so that two messages don't look alike where one part ends later and the next
/// begins later.
private struct FingerprintedParts {
    var hash = SHA256()

    private static let countsOfBroker: Set<String> = ["x-delivery-count", "x-acquired-count"]

    mutating func add(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { hash.update(bufferPointer: $0) }
    }

    mutating func add(_ bytes: [UInt8]) {
        add(UInt64(bytes.count))
        hash.update(data: bytes)
    }

    mutating func add(_ text: String) {
        add(Array(text.utf8))
    }

    mutating func add(_ properties: MessageProperties) {
        addIfAny(properties.contentType)
        addIfAny(properties.contentEncoding)
        add(FieldTable(properties.headers.entries.filter { !Self.countsOfBroker.contains($0.key) }))
        add(UInt8(properties.isPersistent ? 2 : 1))
        add(properties.priority.map(Int16.init) ?? -1)
        addIfAny(properties.correlationID)
        addIfAny(properties.replyTo)
        addIfAny(properties.expiration)
        addIfAny(properties.messageID)
        addIfAny(properties.timestamp.map { "\($0)" })
        addIfAny(properties.type)
        addIfAny(properties.userID)
        addIfAny(properties.appID)
    }

    private mutating func addIfAny(_ text: String?) {
        add(UInt8(text == nil ? 0 : 1))
        if let text { add(text) }
    }

    private mutating func add(_ table: FieldTable) {
        add(UInt64(table.entries.count))
        for entry in table.entries {
            add(entry.key)
            add(entry.value)
        }
    }

    /// A value with the letter of its kind: an `int32` is not an `int64` of the same number.
    private mutating func add(_ value: FieldValue) {
        switch value {
        case .bool(let value): add("t", UInt8(value ? 1 : 0))
        case .int8(let value): add("b", value)
        case .uint8(let value): add("B", value)
        case .int16(let value): add("s", value)
        case .uint16(let value): add("u", value)
        case .int32(let value): add("I", value)
        case .uint32(let value): add("i", value)
        case .int64(let value): add("l", value)
        case .uint64(let value): add("L", value)
        case .float(let value): add("f", value.bitPattern)
        case .double(let value): add("d", value.bitPattern)
        case .decimal(let scale, let value):
            add("D", scale)
            add(value)
        case .string(let text):
            add("S", UInt64(0))
            add(text)
        case .bytes(let bytes):
            add("x", UInt64(0))
            add(bytes)
        case .array(let values):
            add("A", UInt64(values.count))
            for value in values { add(value) }
        case .timestamp(let seconds): add("T", seconds)
        case .table(let table):
            add("F", UInt64(0))
            add(table)
        case .void: add("V", UInt64(0))
        }
    }

    private mutating func add(_ kind: Unicode.Scalar, _ number: some FixedWidthInteger) {
        add(UInt8(ascii: kind))
        add(number)
    }
}
