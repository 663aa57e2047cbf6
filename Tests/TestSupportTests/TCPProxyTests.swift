import Foundation
import TestSupport
import Testing

@Suite struct TCPProxyTests {
    @Test func aRefusingProxyPassesAgain() async throws {
        let catcher = try await Catcher.start()
        let proxy = try TCPProxy(to: catcher.httpPort)
        #expect(try await LoopbackRequest.send(port: proxy.port, path: "/stats").status == 200)
        proxy.refuse()
        try await eventually(within: .seconds(10), "a refusal") {
            (try? await LoopbackRequest.send(port: proxy.port, path: "/stats")) == nil
        }
        proxy.pass()
        try await eventually(within: .seconds(10), "an answer") {
            try await LoopbackRequest.send(port: proxy.port, path: "/stats").status == 200
        }
    }

    @Test func aBlackHoleAnswersNothingUntilItIsReset() async throws {
        let catcher = try await Catcher.start()
        let proxy = try TCPProxy(to: catcher.httpPort)
        proxy.blackHole()
        let asked = Task { try await LoopbackRequest.send(port: proxy.port, path: "/stats") }
        await #expect(throws: NotInTime.self) {
            try await eventually(within: .milliseconds(300), "nothing") { try await catcher.counts().posts > 0 }
        }
        proxy.reset()
        proxy.pass()
        _ = try? await asked.value
        try await eventually(within: .seconds(10), "an answer") {
            try await LoopbackRequest.send(port: proxy.port, path: "/stats").status == 200
        }
    }

    @Test func aLargeBodyPassesWhole() async throws {
        let catcher = try await Catcher.start()
        let proxy = try TCPProxy(to: catcher.httpPort)
        let body = Data(repeating: UInt8(ascii: "a"), count: 4_000_000)
        #expect(
            try await LoopbackRequest.send("POST", port: proxy.port, path: "/hooks/large", body: body).status == 200)
        #expect(try await catcher.posts(path: "/hooks/large").first?.body.utf8.count == body.count)
    }
}
