import Hummingbird
import RemindersContracts
import TestSupport
import Testing

@testable import RemindersHTTPService

@Suite("Whoever takes connections away from others")
struct FloodTests {
    private static let numbers = "GET /numbers HTTP/1.1\r\nHost: t\r\n\r\n"

    @Test("makes room for the next who comes: the one idle longest goes, and whose token was good stays")
    func idle() async throws {
        try await WebScene.play({ $0.connectionLimit = 3 }) { web in
            let known = try RawConnection(web.port)
            let token = WebScene.bearer("1").map { "\($0.key): \($0.value)\r\n" }.joined()
            try await known.send("GET /me HTTP/1.1\r\nHost: t\r\n\(token)\r\n")
            #expect(try await known.readAnswer().status == 200)
            let pretending = try RawConnection(web.port)
            try await pretending.send("GET /me HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer x\r\n\r\n")
            #expect(try await pretending.readAnswer().status == 401)
            let silent = try RawConnection(web.port)
            let flood = try (0..<200).map { _ in try RawConnection(web.port) }
            #expect(try await pretending.readToEnd() == "")
            #expect(try await silent.readToEnd() == "")
            #expect(try await web.send("GET", "/numbers").status == 200)
            try await known.send(Self.numbers)
            #expect(try await known.readAnswer().status == 200)
            withExtendedLifetime(flood) {}
        }
    }

    @Test("interrupts nothing that is being answered, and whoever comes meanwhile is answered")
    func busy() async throws {
        let (arrived, gate) = (Gate(), Gate())
        try await WebScene.play({ $0.connectionLimit = 1 }) { router in
            router.get("/slow") { _, _ in
                arrived.open()
                await gate.wait()
                return Response.json(.ok, Array("\"done\"".utf8))
            }
        } _: { web in
            let busy = try RawConnection(web.port)
            try await busy.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
            await arrived.wait()
            for _ in 0..<100 {
                let silent = try RawConnection(web.port)
                #expect(try await web.send("GET", "/numbers").status == 200)
                withExtendedLifetime(silent) {}
            }
            gate.open()
            #expect(try await busy.readAnswer().body == "\"done\"")
        }
    }

    @Test("gets no more than the time for a head, which is for the first one only")
    func heads() async throws {
        try await WebScene.play({ $0.times.head = .milliseconds(300) }) { web in
            let used = try RawConnection(web.port)
            try await used.send(Self.numbers)
            #expect(try await used.readAnswer().status == 200)
            for beginning in ["", "GET /numb", "GET /numbers HTTP/1.1\r\nHost: t\r\nX-"] {
                let connection = try RawConnection(web.port)
                try await connection.send(beginning)
                #expect(try await connection.readToEnd() == "")
            }
            try await used.send(Self.numbers)
            #expect(try await used.readAnswer().status == 200)
        }
    }

    @Test("by reading nothing is cut off, and what writes to it ends")
    func neverReads() async throws {
        let (begun, ended) = (Gate(), Gate())
        try await WebScene.play({ $0.times.reading = .milliseconds(500) }) { router in
            router.get("/endless") { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        defer { ended.open() }
                        begun.open()
                        while true { try await writer.write(ByteBuffer(repeating: 120, count: 65_536)) }
                    })
            }
        } _: { web in
            let connection = try RawConnection(web.port)
            try await connection.send("GET /endless HTTP/1.1\r\nHost: t\r\n\r\n")
            await begun.wait()
            await ended.wait()
            withExtendedLifetime(connection) {}
        }
    }
}
