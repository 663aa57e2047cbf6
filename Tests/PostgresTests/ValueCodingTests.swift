import Testing

@testable import RemindersPostgres

@Suite("Binary values") struct ValueCodingTests {
    /// What `decode` makes of the encoded value.
    private func decoded<Value>(
        _ value: PostgresValue, as type: UInt32? = nil, _ decode: (RawValue) -> Value?
    ) throws -> Value? {
        let bytes = try EncodedQuery(Query("", [value])).bytes.dropLast()
        return Array(bytes).withUnsafeBytes { decode(RawValue(bytes: $0, type: type ?? value.type)) }
    }

    private func bytes(_ value: PostgresValue) throws -> [UInt8] {
        Array(try EncodedQuery(Query("", [value])).bytes.dropLast())
    }

    @Test func integersAreBigEndian() throws {
        #expect(try bytes(.int2(0x0102)) == [1, 2])
        #expect(try bytes(.int4(-2)) == [255, 255, 255, 254])
        #expect(try bytes(.int8(0x0102_0304_0506_0708)) == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test func timestampsCountFrom2000AndInfinitiesStay() throws {
        #expect(try bytes(.timestamptz(microsecondsSince1970: 946_684_800_000_001)) == [0, 0, 0, 0, 0, 0, 0, 1])
        for microseconds in [0, -1, 1_767_225_600_000_000, Int64.max, .min] {
            let value = PostgresValue.timestamptz(microsecondsSince1970: microseconds)
            #expect(try decoded(value, ValueDecoding.timestamp) == microseconds)
        }
        for days in [0, -10_957, 20_000] as [Int32] {
            #expect(try decoded(.date(daysSince1970: days), ValueDecoding.date) == days)
        }
    }

    @Test func aValueIsReadByItsTypeAndSizeOnly() throws {
        #expect(try decoded(.int4(7), ValueDecoding.int64) == 7)
        #expect(try decoded(.int4(7), as: PostgresType.int8, ValueDecoding.int64) == nil)
        #expect(try decoded(.int8(7), as: PostgresType.timestamptz, ValueDecoding.int64) == nil)
        #expect(try decoded(.int8(1 << 40), ValueDecoding.int32) == nil)
        #expect(try decoded(.bool(true), ValueDecoding.bool) == true)
        #expect(try decoded(.text("t"), ValueDecoding.bool) == nil)
        #expect(try decoded(.bytes([1]), ValueDecoding.text) == nil)
        #expect(try decoded(.uuid(.random()), as: PostgresType.bytea, ValueDecoding.uuid) == nil)
    }

    @Test func jsonbHasAVersionByteAndEnumerationsAreText() throws {
        #expect(try bytes(.jsonb("{}")) == [1, 123, 125])
        #expect(try decoded(.jsonb("{\"æ\":1}"), ValueDecoding.text) == "{\"æ\":1}")
        #expect(try decoded(.text("held"), as: 16_999, ValueDecoding.text) == "held")
    }

    @Test func parametersLieOneAfterTheOtherAndNullTakesNoPlace() throws {
        let query = try EncodedQuery(Query("", [.text("ab"), .null, .text(""), .int2(3)]))
        #expect(query.lengths == [2, -1, 0, 2])
        #expect(query.types == [25, 0, 25, 21])
        #expect(query.bytes.dropLast() == [97, 98, 0, 3])
    }

    @Test func arraysSayTheirElementTypeAndNulls() throws {
        #expect(
            try bytes(.int2Array([5, nil])) == [
                0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 21, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 5, 255, 255, 255, 255,
            ])
        #expect(try bytes(.textArray([])) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25])
        let numbers: [Int64?] = [1, nil, .min]
        #expect(try decoded(.int8OrNilArray(numbers)) { ArrayDecoding.elements($0, ValueDecoding.int64) } == numbers)
        #expect(
            try decoded(.int8OrNilArray(numbers)) {
                ArrayDecoding.elementsWithoutNull($0, ValueDecoding.int64)
            } == nil)
    }

    @Test func damagedArraysAreRefusedAndNeverReadBeyondTheirEnd() throws {
        let whole = try bytes(.textArray(["abc", "defg"]))
        for length in whole.indices {
            let cut = Array(whole[..<length])
            cut.withUnsafeBytes {
                let value = RawValue(bytes: $0, type: PostgresType.textArray)
                #expect(ArrayDecoding.elements(value, ValueDecoding.text) == nil)
            }
        }
        for position in whole.indices {
            var damaged = whole
            damaged[position] ^= 0x7f
            damaged.withUnsafeBytes {
                _ = ArrayDecoding.elements(RawValue(bytes: $0, type: PostgresType.textArray), ValueDecoding.text)
            }
        }
    }

    @Test func uuidsAreWrittenAsPostgresDoes() {
        let text = "0123abcd-89ab-4def-8edc-ba9876543210"
        #expect(UUIDBytes(text)?.description == text)
        #expect(UUIDBytes(text.uppercased())?.description == text)
        for wrong in ["", String(text.dropLast()), text + "0", text.replacing("-", with: ""), "g" + text.dropFirst()] {
            #expect(UUIDBytes(wrong) == nil)
        }
        let random = UUIDBytes.random().description
        #expect(Array(random.utf8)[14] == UInt8(ascii: "4"))
        #expect("89ab".contains(random.dropFirst(19).prefix(1)))
    }
}
