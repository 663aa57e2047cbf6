import Foundation
import TestSupport
import Testing

@Suite struct CatcherTests {
    private let post = Data(#"{"text": "hej"}"#.utf8)

    @Test func aScriptedStatusComesOnceAndThenPostsAreAccepted() async throws {
        let catcher = try await Catcher.start()
        try await catcher.script(postsTo: "/hooks/test", statuses: [503])
        var statuses: [Int] = []
        for _ in 1...2 {
            statuses.append(
                try await LoopbackRequest.send("POST", port: catcher.httpPort, path: "/hooks/test", body: post).status)
        }
        #expect(statuses == [503, 200])
        #expect(try await catcher.posts(path: "/hooks/test").map(\.status) == [503, 200])
        #expect(try await catcher.posts(path: "/hooks/other").isEmpty)
    }

    @Test func whatWasCaughtOutlivesAKill() async throws {
        let catcher = try await Catcher.start()
        _ = try await LoopbackRequest.send("POST", port: catcher.httpPort, path: "/hooks/test", body: post)
        try await catcher.kill()
        try await catcher.restart()
        #expect(try await catcher.posts().map(\.body) == [String(decoding: post, as: UTF8.self)])
    }
}
