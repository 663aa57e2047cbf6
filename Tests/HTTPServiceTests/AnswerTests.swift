import Testing

@testable import RemindersHTTPService

@Suite("Versions of a resource")
struct VersionTests {
    @Test("304 when the client has it", arguments: ["TAG", "W/TAG", "\"x\", TAG", "*", "\"x\" ,W/TAG"])
    func known(pattern: String) async throws {
        try await WebScene.play { web in
            let first = try await web.send("GET", "/thing/1")
            let tag = try #require(first["etag"])
            #expect(first.status == 200 && tag.hasPrefix("\"") && tag.hasSuffix("\""))
            let again = try await web.send("GET", "/thing/1", ["If-None-Match": pattern.replacing("TAG", with: tag)])
            #expect(again.status == 304 && again.body.isEmpty && again["etag"] == tag, "\(again)")
            #expect(try await web.send("GET", "/thing/2", ["If-None-Match": tag]).status == 200)
        }
    }

    @Test(
        "412 when a change is meant for another",
        arguments: [
            ("TAG", 204), ("*", 204), ("\"x\", TAG", 204), ("W/TAG", 412), ("\"x\"", 412), ("", 412), ("x", 412),
        ])
    func precondition(pattern: String, status: Int) async throws {
        try await WebScene.play { web in
            let tag = try #require(try await web.send("GET", "/thing/1")["etag"])
            let answer = try await web.send("DELETE", "/thing/1", ["If-Match": pattern.replacing("TAG", with: tag)])
            #expect(answer.status == status, "\(answer)")
            #expect(try await web.send("DELETE", "/thing/1").status == 204)
        }
    }

    @Test("ids in paths are decoded once, and refused when they cannot be")
    func identifiers() async throws {
        try await WebScene.play { web in
            #expect(try await web.send("GET", "/thing/TSK%2F1%2525%C3%A6+").body == "\"TSK/1%25æ+\"")
            for bad in ["%00", "%0a", "%ff", "%2", "%zz", String(repeating: "a", count: 201)] {
                let answer = try await web.send("GET", "/thing/\(bad)")
                #expect(answer.status == 422 && answer.body.contains("path/id"), "\(bad): \(answer)")
            }
        }
    }
}

@Suite("Pages of a list")
struct PageTests {
    @Test("follow each other to the end, by cursor and by Link")
    func pages() async throws {
        try await WebScene.play { web in
            var path = "/numbers?limit=4&odd=true"
            var bodies: [String] = []
            while true {
                let answer = try await web.send("GET", path)
                bodies.append(answer.body)
                guard let link = answer["link"] else { break }
                #expect(link.hasPrefix("</numbers?limit=4&odd=true&cursor=") && link.hasSuffix(">; rel=\"next\""))
                path = String(link.dropFirst().prefix { $0 != ">" })
            }
            #expect(bodies.count == 3)
            #expect(
                bodies[0].hasPrefix(#"{"items":[{"number":1},{"number":2},{"number":3},{"number":4}],"next_cursor":""#))
            #expect(bodies[2] == #"{"items":[{"number":9},{"number":10}],"next_cursor":null}"#)
        }
    }

    @Test(
        "are refused for parameters that cannot be",
        arguments: [
            ("limit=0", 422, "query/limit"), ("limit=101", 422, "query/limit"), ("limit=+5", 422, "query/limit"),
            ("limit=x&odd=maybe", 422, "query/odd"), ("cursor=AAAA", 422, "query/cursor"),
            ("limit=1&limit=2", 422, "query/limit"), ("limt=1", 400, "query/limt"), ("%ff=1", 422, "query/"),
        ])
    func parameters(query: String, status: Int, pointer: String) async throws {
        try await WebScene.play { web in
            let answer = try await web.send("GET", "/numbers?\(query)")
            #expect(answer.status == status && answer.isProblem && answer.body.contains(pointer), "\(answer)")
        }
    }

    @Test("have cursors that only this service makes, for one list and one number of columns")
    func cursors() {
        let key = CursorKey(derivedFrom: "secret")
        let numbers: [Int64] = [.min, -1, 0, .max]
        let cursor = key.cursor(numbers, of: "a")
        #expect(CursorKey(derivedFrom: "secret").numbers(in: cursor, of: "a", count: 4) == numbers)
        #expect(key.numbers(in: cursor, of: "b", count: 4) == nil)
        #expect(key.numbers(in: cursor, of: "a", count: 3) == nil)
        #expect(CursorKey(derivedFrom: "other").numbers(in: cursor, of: "a", count: 4) == nil)
        for index in cursor.indices {
            var forged = cursor
            forged.replaceSubrange(index...index, with: cursor[index] == "A" ? "B" : "A")
            #expect(key.numbers(in: forged, of: "a", count: 4) == nil)
        }
    }
}
