import Testing

@testable import RemindersHTTPService

@Suite("A head that others may understand otherwise is refused, and the connection ends")
struct FramingTests {
    private static let wrong: [(head: String, status: Int)] = [
        ("GET /numbers HTTP/1.1\r\n", 400),
        ("GET /numbers HTTP/1.1\r\nHost: a\r\nHost: a\r\n", 400),
        ("GET /numbers HTTP/1.1\r\nHost: a\r\nhost: b\r\n", 400),
        ("GET /numbers HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400),
        ("GET /numbers HTTP/1.1\r\nHost: a b\r\n", 400),
        ("GET /numbers HTTP/1.1\r\nHost: a/b\r\n", 400),
        ("GET /numbers HTTP/1.1\r\nHost: u@a\r\n", 400),
        ("GET http://a/numbers HTTP/1.1\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: , chunked\r\n", 501),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n", 501),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        ("POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n", 400),
    ]

    @Test("whatever comes behind it", arguments: wrong)
    func refused(head: String, status: Int) async throws {
        try await WebScene.play { web in
            let connection = try RawConnection(web.port)
            // What a proxy in front would take for the body is no request here.
            try await connection.send(head + "\r\n0\r\n\r\nGET /numbers HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try await connection.readAnswer()
            #expect(answer.status == status && answer.isProblem && answer["connection"] == "close", "\(answer)")
            #expect(try await connection.readToEnd() == "")
        }
    }

    @Test(
        "and what is right is not",
        arguments: [
            "GET /numbers HTTP/1.0\r\n", "GET /numbers HTTP/1.1\r\nHost:\r\n",
            "GET /numbers HTTP/1.1\r\nHost: [::1]:80\r\n",
            "GET /numbers HTTP/1.1\r\nhOST: xn--bcher-kva.example:8000\r\n",
        ])
    func answered(head: String) async throws {
        try await WebScene.play { web in
            let connection = try RawConnection(web.port)
            try await connection.send(head + "\r\n")
            #expect(try await connection.readAnswer().status == 200)
        }
    }

    @Test("requests before it are answered")
    func pipelined() async throws {
        try await WebScene.play { web in
            let connection = try RawConnection(web.port)
            let chunked =
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: Chunked\r\n\r\n"
            try await connection.send(chunked + "2\r\n{}\r\n0\r\n\r\n" + "GET /numbers HTTP/1.1\r\n\r\n")
            #expect(try await connection.readAnswer().body == "{}")
            #expect(try await connection.readAnswer().status == 400)
            #expect(try await connection.readToEnd() == "")
        }
    }
}
