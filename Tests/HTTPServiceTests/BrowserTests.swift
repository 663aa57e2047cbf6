import Foundation
import TestSupport
import Testing

@testable import RemindersHTTPService

@Suite("What browsers are told")
struct BrowserTests {
    private static let preflight = ["Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x"]

    @Test("pages of allowed origins may call, without cookies, and read the headers they need")
    func allowedOrigin() async throws {
        let app = ["Origin": "https://app.example.org"]
        try await WebScene.play({ $0.allowedOrigins = ["https://app.example.org"] }) { web in
            let asked = try await web.send("OPTIONS", "/nothing/yet", app.merging(Self.preflight) { $1 })
            #expect(asked.status == 204 && asked["access-control-allow-origin"] == "https://app.example.org")
            #expect(asked["access-control-allow-methods"] == "GET, POST, PUT, PATCH, DELETE")
            let headers = asked["access-control-allow-headers"] ?? ""
            for name in [
                "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID",
            ] {
                #expect(headers.contains(name))
            }
            #expect(asked["access-control-max-age"] == "7200" && asked["access-control-allow-credentials"] == nil)

            // Errors, too: a page has to be able to read why.
            for (path, status) in [("/numbers", 200), ("/me", 401), ("/nothing", 404)] {
                let answer = try await web.send("GET", path, app)
                #expect(answer.status == status && answer["vary"] == "Origin")
                #expect(answer["access-control-allow-origin"] == "https://app.example.org")
                let exposed = answer["access-control-expose-headers"] ?? ""
                for name in ["ETag", "Link", "Location", "Retry-After", "Idempotency-Replayed"] {
                    #expect(exposed.contains(name))
                }
            }
        }
    }

    @Test("pages of other origins may not, and caches learn that it depends")
    func otherOrigins() async throws {
        try await WebScene.play({ $0.allowedOrigins = ["https://app.example.org"] }) { web in
            for origin in ["https://app.example.org.evil.example", "http://app.example.org", "null"] {
                let asked = try await web.send("OPTIONS", "/me", Self.preflight.merging(["Origin": origin]) { $1 })
                #expect(asked.status == 403 && asked.isProblem && asked["access-control-allow-origin"] == nil)
                let answer = try await web.send("GET", "/numbers", ["Origin": origin])
                #expect(answer.status == 200 && answer["access-control-allow-origin"] == nil)
                #expect(answer["vary"] == "Origin")
            }
        }
        try await WebScene.play({ $0.allowedOrigins = ["*"] }) { web in
            let answer = try await web.send("GET", "/numbers", ["Origin": "https://any.example"])
            #expect(answer["access-control-allow-origin"] == "*" && answer["vary"] == nil)
        }
        try await WebScene.play { web in
            let answer = try await web.send("GET", "/numbers", ["Origin": "https://any.example"])
            #expect(answer["access-control-allow-origin"] == nil)
        }
    }

    @Test("every answer says what it is not")
    func security() async throws {
        try await WebScene.play { web in
            for path in ["/numbers", "/nothing", "/broken", "/me"] {
                let answer = try await web.send("GET", path)
                #expect(answer["x-content-type-options"] == "nosniff" && answer["referrer-policy"] == "no-referrer")
                #expect(answer["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'")
                #expect(answer["x-request-id"]?.isEmpty == false)
            }
        }
    }

    @Test("files have their type, a tag, and pages a policy; what is not there is not")
    func files() async throws {
        let folder = Scratch.path("pages")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "js/.git"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            at: folder.appending(path: "js/whole.js"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(at: folder.appending(path: "parts"), withIntermediateDirectories: true)
        let contents = [
            "index.html": "<p>home", "docs.html": "<p>docs", "js/app.js": "1", "style.css": "a{}", "openapi.json": "{}",
            "secret.pem": "x", ".hidden.html": "x", "js/.git/x.html": "x", "main.swift": "x", "no-type": "x",
            "parts/top.html": "<nav><!--#include parts/links.html--></nav>\n", "parts/links.html": "<a>1</a>\n",
            "page.html": "<body>\n<!--#include parts/top.html-->\n<p>æ",
            "js/whole.js/2-b.js": "two // 2\n  // of two", "js/whole.js/1-a.js": "one", "js/whole.js/10.txt": "ten",
        ]
        for (name, content) in contents { try Data(content.utf8).write(to: folder.appending(path: name)) }
        var pages = try StaticFiles(root: folder.path(), connectOrigins: ["https://push.example.org"])
        pages.add("/config.json", json: Array("{}".utf8))
        pages.add("/demo.json", json: Array("{}".utf8), isForThisMachine: true)
        try await WebScene.play(routes: { pages.add(to: $0) }) { web in
            let types = [
                "/": "text/html; charset=utf-8", "/index.html": "text/html; charset=utf-8",
                "/docs": "text/html; charset=utf-8", "/docs.html": "text/html; charset=utf-8",
                "/js/app.js": "text/javascript; charset=utf-8",
                "/js/whole.js": "text/javascript; charset=utf-8", "/style.css": "text/css; charset=utf-8",
                "/openapi.json": "application/json", "/config.json": "application/json",
            ]
            for (path, type) in types {
                let answer = try await web.send("GET", path)
                #expect(answer.status == 200 && answer["content-type"] == type, "\(path): \(answer)")
                #expect(answer["cache-control"] == "no-cache")
                let again = try await web.send("GET", path, ["If-None-Match": answer["etag"] ?? ""])
                #expect(again.status == 304 && again["etag"] == answer["etag"] && again["content-length"] == nil)
            }
            #expect(try await web.send("GET", "/js/whole.js").body == "one\nten\ntwo // 2")
            #expect(try await web.send("GET", "/page").body == "<body>\n<nav><a>1</a></nav>\n<p>æ")
            let policy = try await web.send("GET", "/")["content-security-policy"] ?? ""
            for part in [
                "default-src 'self'", "require-trusted-types-for 'script'", "frame-ancestors 'none'",
                "connect-src 'self' https://push.example.org",
            ] { #expect(policy.contains(part)) }
            for path in [
                "/secret.pem", "/.hidden.html", "/.hidden", "/js/.git/x.html", "/main.swift", "/no-type", "/js",
                "/js/whole.js/1-a.js", "/parts/top.html", "/parts/top",
                "/../Package.swift", "/%2e%2e/Package.swift", "/js/..%2f..%2fPackage.swift",
            ] { #expect(try await web.send("GET", path).status == 404, "\(path)") }
            #expect(try await web.send("POST", "/docs").status == 405)
            let hosts = ["localhost": 200, "127.0.0.1:8000": 200, "[::1]:8000": 200, "evil.example:8000": 404]
            for (host, status) in hosts {
                let connection = try RawConnection(web.port)
                try await connection.send("GET /demo.json HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                #expect(try await connection.readAnswer().status == status, "\(host)")
            }
        }
        #expect(throws: StaticFilesError.self) { try StaticFiles(root: folder.path() + "/none") }
        for (name, part) in [("missing", "other.html"), ("endless", "endless.html")] {
            let file = folder.appending(path: name == "endless" ? "parts/endless.html" : "missing.html")
            try Data("<!--#include parts/\(part)-->".utf8).write(to: file)
            try Data("<!--#include parts/\(part)-->".utf8).write(to: folder.appending(path: "\(name).html"))
            #expect(throws: StaticFilesError(path: folder.path() + "/parts/\(part)")) {
                try StaticFiles(root: folder.path())
            }
            for gone in Set([file, folder.appending(path: "\(name).html")]) {
                try FileManager.default.removeItem(at: gone)
            }
        }
    }
}
