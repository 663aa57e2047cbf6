import Hummingbird
import Testing

@testable import RemindersHTTPService

@Suite("What cannot be answered is refused with a problem document")
struct RefusalTests {
    @Test("a path that is nothing, also for HEAD, which has no body")
    func notFound() async throws {
        try await WebScene.play { web in
            let answer = try await web.send("GET", "/nothing?x=1")
            #expect(answer.status == 404 && answer.isProblem, "\(answer)")
            #expect(answer.body.contains(#""instance":"/nothing""#) && answer.body.contains(#""type":"about:blank""#))
            let connection = try RawConnection(web.port)
            try await connection.send("HEAD /nothing HTTP/1.1\r\nHost: t\r\n\r\nGET /me HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try await connection.readAnswer(hasBody: false).status == 404)
            #expect(try await connection.readAnswer().status == 401, "the second answer begins where it should")
        }
    }

    @Test("a method the path does not have, which is told those it has", arguments: ["GET", "PUT", "DELETE", "TRACE"])
    func methodNotAllowed(method: String) async throws {
        try await WebScene.play { web in
            let answer = try await web.send(method, "/echo")
            #expect(answer.status == 405 && answer.isProblem && answer["allow"] == "OPTIONS, PATCH, POST", "\(answer)")
        }
    }

    @Test("but OPTIONS is answered, and so is HEAD where GET is")
    func options() async throws {
        try await WebScene.play { web in
            let options = try await web.send("OPTIONS", "/thing/1")
            #expect(options.status == 204 && options["allow"] == "DELETE, GET, HEAD, OPTIONS")
            #expect(options["content-length"] == nil)
            let head = try await web.send("HEAD", "/thing/1")
            #expect(head.status == 200 && head["content-length"] == "3" && head["etag"] != nil)
        }
    }

    @Test(
        "a body that is no JSON",
        arguments: [
            ("{", "ends in the middle"), ("{\"a\":1,}", "a key in double quotes"), ("nul", "ends in the middle"),
            (#"{"a":1,"a":2}"#, "second time"), ("{}\u{FEFF}", "the end"), ("\u{FEFF}", "ends in the middle"),
            ("[1] 2", "the end"),
            (String(repeating: "[", count: 17) + String(repeating: "]", count: 17), "deeper than 16 levels"),
        ])
    func malformed(body: String, words: String) async throws {
        try await WebScene.play { web in
            let answer = try await web.send("POST", "/echo", body: body)
            #expect(answer.status == 400 && answer.isProblem && answer.body.contains(words), "\(answer)")
        }
    }

    @Test(
        "a body of another media type",
        arguments: [
            ("text/plain", "POST", 415), ("application/x-www-form-urlencoded", "POST", 415), ("", "POST", 415),
            ("application/merge-patch+json", "POST", 415), ("application/json; charset=latin1", "POST", 415),
            ("application/merge-patch+json", "PATCH", 200), ("Application/JSON; charset=\"UTF-8\"", "POST", 200),
        ])
    func mediaTypes(type: String, method: String, status: Int) async throws {
        try await WebScene.play { web in
            let answer = try await web.send(method, "/echo", ["Content-Type": type], body: "{}")
            #expect(answer.status == status, "\(answer)")
            if status == 415 { #expect(answer.isProblem && answer["accept"]?.hasPrefix("application/json") == true) }
        }
    }

    @Test("a body that is too large, at once when its length is said, and then the connection ends")
    func tooLarge() async throws {
        try await WebScene.play({ $0.bodyLimit = 100 }) { web in
            let declared = try RawConnection(web.port)
            try await declared.send(
                "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n{"
            )
            let answer = try await declared.readAnswer()
            #expect(answer.status == 413 && answer.isProblem && answer["connection"] == "close", "\(answer)")
            #expect(try await declared.readToEnd() == "")

            let chunked = try RawConnection(web.port)
            let chunk = "64\r\n" + String(repeating: " ", count: 100) + "\r\n"
            try await chunked.send(
                "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + chunk + chunk)
            #expect(try await chunked.readAnswer().status == 413)
            #expect(try await chunked.readToEnd() == "")
            #expect(try await web.send("POST", "/echo", body: String(repeating: "1", count: 100)).status == 200)
        }
    }

    @Test("a client that sends a large body nobody wants gets to read the answer")
    func lingering() async throws {
        try await WebScene.play({ $0.bodyLimit = 100 }) { web in
            let connection = try RawConnection(web.port)
            let size = 4 << 20
            try await connection.send(
                "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: \(size)\r\n\r\n"
                    + String(repeating: "1", count: size))
            #expect(try await connection.readAnswer().status == 413)
        }
    }

    @Test("fields that are wrong, all at once, and 400 when one of them is not known")
    func fields() async throws {
        try await WebScene.play { web in
            let wrong = try await web.send("POST", "/fields", body: #"{"title":"","count":9}"#)
            #expect(wrong.status == 422 && wrong.isProblem)
            #expect(wrong.body.contains(#""pointer":"/title""#) && wrong.body.contains(#""pointer":"/count""#))
            let unknown = try await web.send("POST", "/fields", body: #"{"title":"x","tilte":"y","a/b":1}"#)
            #expect(unknown.status == 400 && unknown.body.contains("/tilte") && unknown.body.contains("/a~1b"))
            #expect(try await web.send("POST", "/fields", body: "[]").status == 422)
            #expect(try await web.send("POST", "/fields").status == 400)
            #expect(try await web.send("POST", "/fields", body: #"{"title":"fine"}"#).body == "\"fine\"")
        }
    }

    @Test("what is no HTTP, and a head that is too large")
    func noHTTP() async throws {
        try await WebScene.play { web in
            let noise = try RawConnection(web.port)
            try await noise.send("HELO there\r\n\r\n")
            let answer = try await noise.readAnswer()
            #expect(
                answer.status == 400 && answer.isProblem && answer["x-content-type-options"] == "nosniff", "\(answer)")
            #expect(try await noise.readToEnd() == "")
            for head in ["GET /me HTTP/1.1\r\nX: \(String(repeating: "a", count: 20_000))\r\n\r\n"] {
                let large = try RawConnection(web.port)
                try await large.send(head)
                let answer = try await large.readAnswer()
                #expect(answer.status == 431 && answer.isProblem, "\(answer)")
            }
        }
    }

    @Test("a request that trickles in")
    func trickle() async throws {
        try await WebScene.play({ $0.times.request = .milliseconds(200) }) { web in
            let connection = try RawConnection(web.port)
            try await connection.send(
                "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{")
            let answer = try await connection.readAnswer()
            #expect(answer.status == 408 && answer.isProblem, "\(answer)")
            #expect(try await connection.readToEnd() == "")
        }
    }

    @Test("half a body, which no route takes for a whole one")
    func half() async throws {
        let seen = Seen()
        try await WebScene.play(routes: { router in
            router.post("/half") { request, context in
                let body = try await JSONBody.read(request, context)
                seen.note(body.bytes.count)
                return Response.noContent
            }
        }) { web in
            let connection = try RawConnection(web.port)
            try await connection.send(
                "POST /half HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{}")
            connection.finish()
            _ = try await connection.readToEnd()
            #expect(try await web.send("POST", "/half", body: "[]").status == 204)
        }
        #expect(seen.all == [2])
    }

    @Test("an unexpected error, of which only the log learns more")
    func unexpected() async throws {
        let log = LinesOfLog()
        try await WebScene.play(logger: log.logger) { web in
            let answer = try await web.send("GET", "/broken", ["X-Request-ID": "abc-1"])
            #expect(answer.status == 500 && answer.isProblem && !answer.body.contains("Unexpected("), "\(answer)")
            #expect(answer["x-request-id"] == "abc-1" && answer.body.contains("abc-1"))
            let other = try await web.send("GET", "/broken", ["X-Request-ID": "a b"])
            #expect(other["x-request-id"].map { !$0.isEmpty && $0 != "a b" } == true)
        }
        #expect(log.lines.count { $0.contains("Request failed unexpectedly") } == 2)
        #expect(log.lines.count { $0.contains("Request failed") && $0.contains("http.status=500") } == 2)
    }
}
