import RemindersContracts
import RemindersDomain
import Testing

@testable import RemindersHTTPService

@Suite("Reading the fields of a body")
struct ObjectReaderTests {
    private enum Colour: String, CaseIterable {
        case red, blue
    }

    private func reader(_ json: String) throws -> ObjectReader {
        ObjectReader(try JSONValue(parsing: Array(json.utf8)))
    }

    /// The detail of the only problem, which is about `field`.
    private func problem(
        _ value: String, at pointer: String = "/field", _ read: (inout ObjectReader) -> Any?
    ) throws -> String? {
        var reader = try reader(#"{"field":\#(value)}"#)
        #expect(read(&reader) == nil || reader.problems.isEmpty)
        #expect(reader.problems.count <= 1)
        if let problem = reader.problems.first { #expect(problem.pointer == pointer, "\(problem)") }
        return reader.problems.first?.detail
    }

    @Test("takes what is right")
    func values() throws {
        var body = try reader(
            #"""
            {"text":"æ\nø","id":7,"ids":["a",2,"a"],"count":-3,"flag":false,"choice":"blue","at":"2026-02-10T14:30:00+01:00",
             "local":"2026-02-10T14:30","clock":"22:00","zone":"Europe/Copenhagen","mail":"a@example.org",
             "inner":{"x":1},"none":null,"texts":["a","b"]}
            """#)
        #expect(body.text("text", upTo: 3) == "æ\nø")
        #expect(body.identifier("id") == "7")
        #expect(body.identifiers("ids") == ["a", "2"])
        #expect(body.integer("count", in: -5...5) == -3)
        #expect(body.boolean("flag") == false)
        #expect(body.choice("choice", Colour.self) == .blue)
        #expect(body.instant("at")?.rfc3339 == "2026-02-10T13:30:00Z")
        #expect(body.time("local") == RequestTime("2026-02-10T14:30:00"))
        #expect(body.localTime("clock")?.description == "22:00")
        #expect(body.zone("zone")?.identifier == "Europe/Copenhagen")
        #expect(body.mail("mail")?.text == "a@example.org")
        #expect(body.object("inner") { $0.integer("x", in: 0...1) } == 1)
        #expect(body.text("none", upTo: 3) == nil && body.text("missing", upTo: 3) == nil)
        #expect(body.texts("texts", upTo: 2, length: 1) == ["a", "b"])
        try body.check()
    }

    @Test("notes what is wrong")
    func wrong() throws {
        #expect(try problem("1") { $0.text("field", upTo: 5) } == "must be a string, and is a number")
        #expect(try problem(#""""#) { $0.text("field", upTo: 5) } == "must not be empty")
        #expect(try problem(#""""#) { $0.text("field", upTo: 5, mayBeEmpty: true) } == nil)
        #expect(try problem(#""ææææææ""#) { $0.text("field", upTo: 5) } == "must not be longer than 5 characters")
        #expect(try problem(#""a\u0000""#) { $0.text("field", upTo: 5) } == "must not contain U+0000")
        #expect(try problem(#""a\nb""#) { $0.text("field", upTo: 5, isOneLine: true) }?.contains("line breaks") == true)
        #expect(try problem("null") { $0.text("field", upTo: 5, required: true) } == "must not be null")
        #expect(try problem("1", at: "/other") { $0.text("other", upTo: 5, required: true) } == "is required")
        #expect(try problem("1.5") { $0.identifier("field") } == "must be a string or a whole number")
        #expect(try problem("-1") { $0.identifier("field") } == "must be a string or a whole number")
        #expect(try problem(#"["a",true]"#, at: "/field/1") { $0.identifiers("field") } != nil)
        #expect(try problem(#"["a","b"]"#) { $0.identifiers("field", upTo: 1) } == "must not have more than 1 elements")
        #expect(try problem("9") { $0.integer("field", in: 1...5) } == "must be a whole number from 1 to 5")
        #expect(try problem("1.0") { $0.integer("field", in: 1...5) } != nil)
        #expect(try problem("1e0") { $0.integer("field", in: 1...5) } != nil)
        #expect(try problem("99999999999999999999") { $0.integer("field", in: 1...5) } != nil)
        #expect(try problem(#""true""#) { $0.boolean("field") } == "must be true or false")
        #expect(try problem(#""green""#) { $0.choice("field", Colour.self) } == "must be one of red, blue")
        #expect(try problem(#""2026-02-10T14:30:00""#) { $0.instant("field") } == FieldRules.instant)
        #expect(try problem(#""10000-01-01T00:00:00Z""#) { $0.time("field") } == FieldRules.time)
        #expect(try problem(#""0000-01-01T00:00:00""#) { $0.time("field") } == FieldRules.time)
        #expect(try problem(#""2026-02-30T00:00:00Z""#) { $0.time("field") } == FieldRules.time)
        #expect(try problem(#""25:00""#) { $0.localTime("field") } != nil)
        #expect(try problem(#""Europe/Kobenhavn""#) { $0.zone("field") } != nil)
        #expect(try problem(#""a@b@c""#) { $0.mail("field") } != nil)
        #expect(try problem("[]") { $0.object("field") { _ in 1 } } == "must be an object, and is an array")
    }

    @Test("tells a merge patch's null from nothing")
    func changes() throws {
        var body = try reader(#"{"a":"x","b":null,"c":null,"e":5}"#)
        func change(_ name: String, isNullable: Bool = true) -> Change<String> {
            body.change(name, isNullable: isNullable) { $0.text($1, upTo: 5) }
        }
        guard case .value("x") = change("a"), case .null = change("b"), case .absent = change("c", isNullable: false),
            case .absent = change("d"), case .absent = change("e")
        else {
            Issue.record("a change was misread")
            return
        }
        #expect(body.problems.map(\.pointer) == ["/c", "/e"])
    }

    @Test("refuses what nobody asked for, in inner objects too")
    func unknown() throws {
        var body = try reader(#"{"a":1,"inner":{"x":1,"y":2},"z":{}}"#)
        _ = body.integer("a", in: 0...1)
        _ = body.object("inner") { $0.integer("x", in: 0...1) }
        let problem = #expect(throws: Problem.self) { try body.check(and: [FieldProblem("query/q", "is wrong")]) }
        #expect(problem?.status == .badRequest)
        #expect(problem?.errors.map(\.pointer) == ["query/q", "/inner/y", "/z"])
    }
}

@Suite("Reading the parameters of a query")
struct QueryReaderTests {
    @Test("decodes them, and understands a plus that was not encoded")
    func values() throws {
        var query = QueryReader(
            "a=x%20y+z&at=2026-02-10T14:30:00+01:00&b=2026-02-10T14:30:00%2B01:00&n=5&t=1&c=%C3%A6")
        #expect(query.text("a") == "x y z")
        #expect(query.instant("at")?.rfc3339 == "2026-02-10T13:30:00Z")
        #expect(query.instant("b")?.rfc3339 == "2026-02-10T13:30:00Z")
        #expect(query.text("e") == nil && query.integer("n", in: 0...5) == 5 && query.boolean("t") == true)
        #expect(query.identifier("c") == "æ")
        try query.check()
    }

    @Test("notes what is wrong", arguments: ["a=%", "a=%f", "a=%ff", "a=%00", "a=1&a=1", "a=\u{7F}", "a=", "a"])
    func wrong(text: String) {
        var query = QueryReader(text)
        _ = query.text("a")
        #expect(query.problems.map(\.pointer) == ["query/a"])
    }
}
