import Hummingbird
import RemindersHTTPService
import Testing

/// Input of people who mean no good, over a real connection.
@Suite struct HostileTests {
    private static let path = "/api/v1/sag/1/reminders"
    /// With `§` where the text goes.
    private static let body = #"{"title":"§","scheduled_at":"2031-07-01T09:00:00Z"}"#

    private static let bodies: [(what: String, bytes: [UInt8], status: Int)] = [
        ("NUL as an escape", Array(body.replacing("§", with: #"\u0000"#).utf8), 422),
        ("NUL as a byte", Array(body.replacing("§", with: "\0").utf8), 400),
        ("bad UTF-8", Array(body.replacing("§", with: "").utf8.prefix(10)) + [0xC3, 0x28] + Array(#""}"#.utf8), 400),
        ("overlong UTF-8", Array(#"{"title":""#.utf8) + [0xC0, 0xAF] + Array(#""}"#.utf8), 400),
        ("half a surrogate", Array(body.replacing("§", with: #"\ud800"#).utf8), 400),
        ("10,000 arrays", Array(repeating: UInt8(ascii: "["), count: 10_000), 400),
        ("10,000 objects", Array(String(repeating: #"{"a":"#, count: 10_000).utf8), 400),
        ("17 levels", Array((String(repeating: "[", count: 17) + String(repeating: "]", count: 17)).utf8), 400),
        ("a huge number", Array(#"{"title":"x","maximum_lateness_seconds":1e999999999}"#.utf8), 422),
        (
            "a number of 10,000 digits",
            Array((#"{"title":"x","recipient_user_ids":["# + String(repeating: "9", count: 10_000) + "]}").utf8), 422
        ),
        ("a title that is too long", Array(body.replacing("§", with: String(repeating: "é", count: 301)).utf8), 422),
        ("a body that is too large", Array(body.replacing("§", with: String(repeating: "x", count: 65_536)).utf8), 413),
        (
            "1,000 unknown fields",
            Array(("{" + (0..<1_000).map { #""f\#($0)":1"# }.joined(separator: ",") + "}").utf8), 400
        ),
        (
            "101 recipients",
            Array(
                (#"{"title":"x","recipient_user_ids":["# + (0...100).map(String.init).joined(separator: ",") + "]}")
                    .utf8),
            422
        ),
        ("a name of an object's own", Array(#"{"__proto__":{"x":1},"title":"x"}"#.utf8), 400),
        ("SQL", Array(body.replacing("§", with: "'); DROP TABLE sag_reminders; --").utf8), 201),
        ("script", Array(body.replacing("§", with: "<script>alert(1)</script>").utf8), 201),
        ("right to left and zero width", Array(body.replacing("§", with: "a\u{202E}b\u{200B}\u{FEFF}").utf8), 201),
        (
            "300 characters beyond the basic plane",
            Array(body.replacing("§", with: String(repeating: "😀", count: 300)).utf8), 201
        ),
    ]

    @Test func `each gets an answer that fits, and the next request is served`() async throws {
        try await APIScene.play(.overHTTP) { scene in
            for (what, bytes, status) in HostileTests.bodies where status != 413 {
                let answer = try await scene.user("1").send(.post, HostileTests.path, [:], bytes)
                #expect(answer.status == status, "\(what): \(answer.status) \(answer.text.prefix(200))")
                if status >= 400 { #expect(answer.headers[.contentType] == "application/problem+json", "\(what)") }
            }
            let list = try await scene.user("1").get(HostileTests.path)
            #expect(list.count("/items") == 4)
            #expect(list["/items/0/title"] == "'); DROP TABLE sag_reminders; --")
            #expect(list["/items/1/title"] == "<script>alert(1)</script>")
        }
    }

    @Test func `too large a body is not read to its end`() async throws {
        try await APIScene.play(.overHTTP) { scene in
            for (what, bytes, status) in HostileTests.bodies where status == 413 {
                let answer = try await scene.user("1").send(.post, HostileTests.path, [:], bytes)
                #expect(answer.status == status, "\(what): \(answer)")
            }
        }
    }

    @Test(arguments: ["text/plain", "application/xml", "application/json; charset=latin1", "multipart/form-data", ""])
    func `another media type is refused`(type: String) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").post(
                HostileTests.path, HostileTests.body.replacing("§", with: "x"), [.contentType: type])
            #expect(answer.status == 415, "\(answer)")
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.put, "/api/v1/sag/1/reminders", "GET, POST"),
        (.post, "/api/v1/sag/reminders/1", "DELETE, GET, PATCH"),
    ])
    func `another method is refused with those that are served`(
        method: HTTPRequest.Method, path: String, allowed: String
    ) async throws {
        try await APIScene.play { scene in
            let answer = try await scene.user("1").send(method, path)
            let methods = (answer.headers[.allow] ?? "").split(separator: ", ").filter {
                $0 != "HEAD" && $0 != "OPTIONS"
            }
            #expect(answer.status == 405 && methods.sorted().joined(separator: ", ") == allowed, "\(answer)")
        }
    }

    @Test func `a cursor that was made up is none`() async throws {
        try await APIScene.play { scene in
            for cursor in ["AAAA", "x", "%00", String(repeating: "A", count: 5_000), "AAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
                let answer = try await scene.user("1").get("\(HostileTests.path)?cursor=\(cursor)")
                #expect(answer.status == 422 && answer.pointers.first == "query/cursor", "\(answer)")
            }
        }
    }
}
