import CRabbitMQ
import Testing

@testable import RemindersAMQP

struct FieldTableTests {
    /// One of each kind.
    static let everyKind: FieldTable = [
        "bool": .bool(true), "int8": .int8(.min), "uint8": .uint8(.max), "int16": .int16(.min),
        "uint16": .uint16(.max), "int32": .int32(.min), "uint32": .uint32(.max), "int64": .int64(.min),
        "float": .float(1.5), "double": .double(-2.25), "decimal": .decimal(scale: 2, value: 12_345),
        "string": .string("blåbærgrød"), "empty": .string(""), "bytes": .bytes([0, 255, 1]),
        "array": .array([.int32(1), .string("to"), .array([.bool(false)])]), "timestamp": .timestamp(1_700_000_000),
        "table": .table(["inner": .table(["innermost": .int8(1)])]), "void": .void,
    ]

    /// Through librabbitmq's encoder and decoder and back.
    private func roundTrip(_ table: FieldTable) -> FieldTable? {
        let pool = EncodingPool()
        var source = pool.table(table)
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: 1 << 17, alignment: 8)
        defer { buffer.deallocate() }
        let whole = amqp_bytes_t(len: 1 << 17, bytes: buffer)
        var written = 0
        guard amqp_encode_table(whole, &source, &written) == 0 else { return nil }
        #expect((try? table.encodedSize()) == written, "the size that is checked before the wire is the real one")
        var memory = amqp_pool_t()
        init_amqp_pool(&memory, 4096)
        defer { empty_amqp_pool(&memory) }
        var decoded = amqp_table_t()
        var read = 0
        guard amqp_decode_table(amqp_bytes_t(len: written, bytes: buffer), &memory, &decoded, &read) == 0 else {
            return nil
        }
        return FieldTable(decoded)
    }

    @Test func everyKindComesBackAsItWas() {
        #expect(roundTrip(Self.everyKind) == Self.everyKind)
    }

    @Test func anUnsigned64BitNumberComesBackSigned() {
        #expect(roundTrip(["n": .uint64(5)]) == ["n": .int64(5)])
    }

    @Test func anEmptyTableStaysEmpty() {
        #expect(roundTrip(["t": .table([:]), "a": .array([])]) == ["t": .table([:]), "a": .array([])])
    }

    @Test func aTextThatIsNotUTF8ComesAsBytes() {
        let pool = EncodingPool()
        var entry = amqp_table_entry_t()
        entry.key = pool.bytes("k")
        entry.value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
        entry.value.value.bytes = pool.bytes([0xFF, 0xFE])
        let table = withUnsafeMutablePointer(to: &entry) { FieldTable(amqp_table_t(num_entries: 1, entries: $0)) }
        #expect(table["k"] == .bytes([0xFF, 0xFE]))
    }

    @Test func deepNestingIsCutOffWhenRead() throws {
        let deep = (0..<500).reduce(FieldValue.void) { inner, _ in .array([inner]) }
        let pool = EncodingPool()
        var value: FieldValue? = FieldTable(pool.table(["deep": deep]))["deep"]
        var depth = 1
        while case .array(let values) = value {
            depth += 1
            value = values.first
        }
        #expect(depth == FieldTable.maximumDepth)
        #expect(value == .void)
    }

    @Test func keepsOrderAndReplacesInPlace() {
        var table: FieldTable = ["a": .int8(1), "b": .int8(2)]
        table["a"] = .int8(3)
        table["c"] = .int8(4)
        table["b"] = nil
        #expect(table.entries.map(\.key) == ["a", "c"])
        #expect(table["a"] == .int8(3))
        #expect(table["b"] == nil)
    }

    @Test(arguments: [
        FieldValue.int8(-5), .int16(-5), .int32(-5), .int64(-5),
    ])
    func readsAnIntegerOfAnyKind(value: FieldValue) {
        #expect(value.integer == -5)
    }

    @Test func tellsTheDeliveryCountFromItsHeader() {
        let properties = MessageProperties(headers: ["x-delivery-count": .int64(2)])
        #expect(Delivery(body: [], properties: properties).deliveryCount == 2)
        #expect(Delivery(body: []).deliveryCount == nil)
    }
}
