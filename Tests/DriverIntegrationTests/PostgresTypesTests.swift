import RemindersPostgres
import TestSupport
import Testing

@Suite("Postgres: values there and back", .timeLimit(.minutes(1))) struct PostgresTypesTests {
    @Test func eachTypeComesBackAsItWent() async throws {
        let scene = try await PostgresScene.make()
        let uuid = UUIDBytes.random()
        let interval = PostgresInterval(months: 14, days: -3, microseconds: 5_000_001)
        let rows = try await scene.pool.query(
            Query(
                """
                SELECT $1 AS bool, $2 AS int2, $3 AS int4, $4 AS int8, $5 AS float8, $6 AS text, $7 AS bytes,
                    $8 AS uuid, $9 AS at, $10 AS day, $11 AS time, $12 AS interval, $13 AS json, $6::varchar AS varchar
                """,
                [
                    .bool(true), .int2(.min), .int4(.max), .int8(.min), .float8(-0.1), .text("æøå \"quoted\" 😀"),
                    .bytes([0, 1, 255]), .uuid(uuid), .timestamptz(microsecondsSince1970: 1_767_225_600_123_456),
                    .date(daysSince1970: -1), .time(microsecondsSinceMidnight: 86_399_999_999), .interval(interval),
                    .jsonb(#"{"a": [1, null]}"#),
                ]))
        let row = rows[0]
        #expect(try row.bool(rows.column("bool")))
        #expect(try row.int64(rows.column("int2")) == Int64(Int16.min))
        #expect(try row.int32(rows.column("int4")) == .max)
        #expect(try row.int64(rows.column("int8")) == .min)
        #expect(try row.double(rows.column("float8")) == -0.1)
        #expect(try row.text(rows.column("text")) == "æøå \"quoted\" 😀")
        #expect(try row.text(rows.column("varchar")) == "æøå \"quoted\" 😀")
        #expect(try row.bytes(rows.column("bytes")) == [0, 1, 255])
        #expect(try row.uuid(rows.column("uuid")) == uuid)
        #expect(try row.timestamp(rows.column("at")) == 1_767_225_600_123_456)
        #expect(try row.date(rows.column("day")) == -1)
        #expect(try row.time(rows.column("time")) == 86_399_999_999)
        #expect(try row.interval(rows.column("interval")) == interval)
        #expect(try row.text(rows.column("json")) == #"{"a": [1, null]}"#)
    }

    @Test func theServerReadsTheValuesAsMeant() async throws {
        let scene = try await PostgresScene.make()
        let row = try await scene.pool.query(
            Query(
                "SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text",
                [
                    .timestamptz(microsecondsSince1970: 1), .date(daysSince1970: 59),
                    .timestamptz(microsecondsSince1970: .max),
                    .interval(PostgresInterval(months: 1, days: 2, microseconds: 3_000_000)),
                    .uuid(UUIDBytes(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)),
                    .textOrNilArray(["a", nil, ""]), .boolArray([true, nil]),
                ]))[0]
        #expect(try row.text(0) == "1970-01-01 00:00:00.000001+00")
        #expect(try row.text(1) == "1970-03-01")
        #expect(try row.text(2) == "infinity")
        #expect(try row.text(3) == "1 mon 2 days 00:00:03")
        #expect(try row.text(4) == "01234567-89ab-cdef-fedc-ba9876543210")
        #expect(try row.text(5) == #"{a,NULL,""}"#)
        #expect(try row.text(6) == "{t,NULL}")
    }

    @Test func nullAndEmptyAreDifferent() async throws {
        let scene = try await PostgresScene.make()
        let row = try await scene.pool.query(
            Query("SELECT $1::text, $2, $3, $4::int8", [.null, .text(""), .bytes([]), .int8OrNil(nil)]))[0]
        #expect(try row.textOrNil(0) == nil)
        #expect(try row.isNull(0))
        #expect(try row.textOrNil(1) == "")
        #expect(try row.bytesOrNil(2) == [])
        #expect(try row.int64OrNil(3) == nil)
        let error = try await postgresError { _ = try row.text(0) }
        #expect(error.code == .decode)
    }

    @Test func arraysComeBackAsTheyWent() async throws {
        let scene = try await PostgresScene.make()
        let uuids = [UUIDBytes.random(), UUIDBytes.random()]
        let row = try await scene.pool.query(
            Query(
                "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13",
                [
                    .boolArray([true, false, nil]), .int2Array([1, nil, -1]), .int4Array([nil, .max]),
                    .int8Array([.min, 0, .max]), .int8OrNilArray([nil, 7]), .float8Array([1.5, nil]),
                    .textArray(["", "x,y{\"}"]), .textOrNilArray([nil, "æ"]), .byteaArray([[], [1], nil]),
                    .uuidArray(uuids), .timestamptzArray([0, .min]), .timestamptzOrNilArray([nil, 1]),
                    .int8Array([]),
                ]))[0]
        #expect(try row.boolOrNilArray(0) == [true, false, nil])
        #expect(try row.int64OrNilArray(1) == [1, nil, -1])
        #expect(try row.int64OrNilArray(2) == [nil, Int64(Int32.max)])
        #expect(try row.int64Array(3) == [.min, 0, .max])
        #expect(try row.int64OrNilArray(4) == [nil, 7])
        #expect(try row.doubleOrNilArray(5) == [1.5, nil])
        #expect(try row.textArray(6) == ["", "x,y{\"}"])
        #expect(try row.textOrNilArray(7) == [nil, "æ"])
        #expect(try row.bytesOrNilArray(8) == [[], [1], nil])
        #expect(try row.uuidArray(9) == uuids)
        #expect(try row.timestampArray(10) == [0, .min])
        #expect(try row.timestampOrNilArray(11) == [nil, 1])
        #expect(try row.int64Array(12) == [])
    }

    @Test func aThousandRowsGoInAtOnceByUnnest() async throws {
        let scene = try await PostgresScene.make()
        try await scene.pool.execute(
            script: "CREATE TABLE t (id int8 PRIMARY KEY, name text, at timestamptz, key uuid, data jsonb)")
        let ids = Array(Int64(0)..<1000)
        let keys = ids.map { UUIDBytes(high: UInt64($0), low: 1) }
        let inserted = try await scene.pool.query(
            Query(
                """
                INSERT INTO t SELECT * FROM unnest($1::int8[], $2::text[], $3::timestamptz[], $4::uuid[], $5::jsonb[])
                """,
                [
                    .int8Array(ids), .textOrNilArray(ids.map { $0 % 3 == 0 ? nil : "name \($0)" }),
                    .timestamptzOrNilArray(ids.map { $0 % 2 == 0 ? nil : $0 }), .uuidArray(keys),
                    .jsonbArray(ids.map { "{\"n\": \($0)}" }),
                ]))
        #expect(inserted.affectedRows == 1000)
        let rows = try await scene.pool.query(Query("SELECT id, name, at, key, data FROM t ORDER BY id"))
        #expect(rows.count == 1000)
        for (index, row) in rows.enumerated() {
            let number = Int64(index)
            #expect(try row.int64(0) == number)
            #expect(try row.textOrNil(1) == (number % 3 == 0 ? nil : "name \(number)"))
            #expect(try row.timestampOrNil(2) == (number % 2 == 0 ? nil : number))
            #expect(try row.uuid(3) == keys[index])
            #expect(try row.text(4) == "{\"n\": \(number)}")
        }
    }

    @Test func anEnumerationGoesAsTextWithACast() async throws {
        let scene = try await PostgresScene.make()
        try await scene.pool.execute(script: "CREATE TYPE state AS ENUM ('held', 'sent'); CREATE TABLE t (state state)")
        try await scene.pool.query(
            Query("INSERT INTO t SELECT unnest($1::text[])::state", [.textArray(["held", "sent"])]))
        let rows = try await scene.pool.query(
            Query("SELECT state, array_agg(state) OVER () FROM t WHERE state = $1::text::state", [.text("sent")]))
        #expect(try rows[0].text(0) == "sent")
        #expect(try rows[0].textArray(1) == ["sent"])
    }

    @Test func aWrongReadingNamesTheColumnAndItsType() async throws {
        let scene = try await PostgresScene.make()
        let rows = try await scene.pool.query(Query("SELECT 1.5::numeric AS price"))
        let error = try await postgresError { _ = try rows[0].int64(rows.column("price")) }
        #expect(error.code == .decode)
        #expect(error.column == "price")
        #expect(error.message.contains("1700"))
        let missing = try await postgresError { _ = try rows.column("nothing") }
        #expect(missing.code == .decode)
        #expect(missing.message.contains("nothing"))
    }
}
