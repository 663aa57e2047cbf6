import Hummingbird
import TestSupport
import Testing

@testable import RemindersHTTPService

@Suite("Connections")
struct ConnectionTests {
    @Test("are used for many requests, also when these come all at once")
    func keepAlive() async throws {
        try await WebScene.play { web in
            let connection = try RawConnection(web.port)
            let one = "GET /numbers?limit=1 HTTP/1.1\r\nHost: t\r\n\r\n"
            try await connection.send(one + one + one)
            for _ in 0..<3 { #expect(try await connection.readAnswer().status == 200) }
        }
    }

    @Test("get to hear that a body is welcome when they ask")
    func continuing() async throws {
        try await WebScene.play { web in
            let connection = try RawConnection(web.port)
            try await connection.send(
                "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
                    + "Expect: 100-continue\r\n\r\n")
            #expect(try await connection.readAnswer().status == 100)
            try await connection.send("{}")
            let answer = try await connection.readAnswer()
            #expect(answer.status == 200 && answer.body == "{}", "\(answer)")
        }
    }

    @Test("end when nothing happens, also in the middle of a head")
    func idle() async throws {
        try await WebScene.play({ $0.idleTimeout = .milliseconds(200) }) { web in
            for beginning in ["", "GET /numb", "GET /numbers HTTP/1.1\r\nHost: t\r\nX-"] {
                let connection = try RawConnection(web.port)
                try await connection.send(beginning)
                _ = try await connection.readToEnd()
            }
        }
    }

    @Test("a request in hand is finished when the service is asked to stop, and nobody new is let in")
    func shutdown() async throws {
        let (arrived, gate) = (Gate(), Gate())
        try await WebScene.play(routes: { router in
            router.get("/slow") { _, _ in
                arrived.open()
                await gate.wait()
                return Response.json(.ok, Array("\"done\"".utf8))
            }
        }) { web in
            let idle = try RawConnection(web.port)
            let busy = try RawConnection(web.port)
            try await busy.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
            await arrived.wait()
            await web.stop()
            #expect(try await idle.readToEnd() == "")
            try await eventually("the door is shut") { (try? RawConnection(web.port)) == nil }
            gate.open()
            let answer = try await busy.readAnswer()
            #expect(answer.status == 200 && answer.body == "\"done\"")
            #expect(try await busy.readToEnd() == "")
        }
    }
}
