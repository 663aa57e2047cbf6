import Foundation
import Hummingbird
import NIOCore

/// The files of a folder, read once at the start and served from memory with `ETag`: no path of a request ever
/// reaches the file system. `index.html` is also `/`, and `name.html` also `/name`. A folder whose name ends in `.js` is
/// one file: its parts, in the order of their names, without lines that only comment. What pages have in common lies in
/// files of a folder `parts`, and stands where a page says `<!--#include parts/NAME-->`.
public struct StaticFiles: Sendable {
    private struct File: Sendable {
        let path: String
        let content: ByteBuffer
        let type: String
        let tag: EntityTag
        var isForThisMachine = false

        init(path: String, data: Data, type: String, isForThisMachine: Bool = false) {
            self.path = path
            content = ByteBuffer(bytes: data)
            self.type = type
            tag = EntityTag(of: data)
            self.isForThisMachine = isForThisMachine
        }
    }

    private var files: [File]
    private let policy: PagePolicy
    /// The largest file that is served.
    private static let largest = 16 << 20

    /// Reads a folder and the folders in it. Names with a dot at the beginning, and files of unknown types, are left
    /// out.
    ///
    /// - Parameters:
    ///   - root: the folder.
    ///   - connectOrigins: origins that its pages may call beside their own.
    /// - Throws: `StaticFilesError` when it cannot be read.
    public init(root: String, connectOrigins: [String] = []) throws(StaticFilesError) {
        policy = PagePolicy(connectOrigins: connectOrigins)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue,
            let names = FileManager.default.enumerator(atPath: root)
        else { throw StaticFilesError(path: root) }
        var files: [File] = []
        var parts: [String: [(name: String, content: Data)]] = [:]
        for case let name as String in names where !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
            guard let type = Self.type(of: name) else { continue }
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: "\(root)/\(name)", isDirectory: &isFolder), isFolder.boolValue {
                continue
            }
            guard let data = FileManager.default.contents(atPath: "\(root)/\(name)"), data.count <= Self.largest else {
                throw StaticFilesError(path: "\(root)/\(name)")
            }
            if let whole = Self.joinedName(name) {
                parts[whole, default: []].append((name, data))
                continue
            }
            if name.hasPrefix("parts/") { continue }
            let content = name.hasSuffix(".html") ? try Self.withParts(data, of: root) : data
            for path in Self.paths(name) { files.append(File(path: path, data: content, type: type)) }
        }
        for (whole, parts) in parts {
            let sorted = parts.sorted { $0.name < $1.name }.map(\.content)
            files.append(File(path: "/\(whole)", data: Self.joined(sorted), type: Self.type(of: whole) ?? ""))
        }
        self.files = files
    }

    /// Adds a document that is no file, such as what the pages have to know of this installation.
    ///
    /// - Parameter isForThisMachine: whether it is given only to who names this server `localhost` or by a loopback
    ///   address. A page of somebody else, whose host name was made to lead here, does not.
    public mutating func add(_ path: String, json body: [UInt8], isForThisMachine: Bool = false) {
        files.append(
            File(path: path, data: Data(body), type: "application/json", isForThisMachine: isForThisMachine))
    }

    /// Adds a route for each file.
    public func add(to router: Router<APIContext>) {
        for file in files {
            let policy = file.type.hasPrefix("text/html") ? policy.text : nil
            router.get(RouterPath(file.path)) { request, _ in
                if file.isForThisMachine, !Self.namesThisMachine(request) {
                    throw Problem.notFound("Nothing is found here")
                }
                var headers = HTTPFields()
                headers[.eTag] = file.tag.text
                headers[.cacheControl] = "no-cache"
                headers[.contentSecurityPolicy] = policy
                if file.tag.isKnown(to: request) { return Response(status: .notModified, headers: headers) }
                headers[.contentType] = file.type
                return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.content))
            }
        }
    }

    private static func namesThisMachine(_ request: Request) -> Bool {
        guard var host = request.head.authority?.lowercased() else { return false }
        // The port, behind an IPv6 address in brackets too.
        if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") { host = String(host[..<colon]) }
        return ["localhost", "127.0.0.1", "[::1]"].contains(host)
    }

    /// A page with what it includes, and what that includes.
    ///
    /// - Throws: `StaticFilesError` for a part that cannot be read, or that includes itself.
    private static func withParts(_ page: Data, of root: String, depth: Int = 0) throws(StaticFilesError) -> Data {
        var rest = Substring(decoding: page, as: UTF8.self)
        var whole = ""
        while let include = rest.firstMatch(of: /<!--#include (parts\/[\w.-]+)-->/) {
            let path = "\(root)/\(include.1)"
            guard depth < 10, let part = FileManager.default.contents(atPath: path) else {
                throw StaticFilesError(path: path)
            }
            whole += rest[..<include.range.lowerBound]
            var lines = String(decoding: try withParts(part, of: root, depth: depth + 1), as: UTF8.self)
            if lines.last == "\n" { lines.removeLast() }
            whole += lines
            rest = rest[include.range.upperBound...]
        }
        return Data((whole + rest).utf8)
    }

    /// The file that one is a part of: of `toasts.js/1-words.js` it is `toasts.js`.
    private static func joinedName(_ name: String) -> String? {
        let folder = name.split(separator: "/").dropLast().joined(separator: "/")
        return folder.hasSuffix(".js") ? folder : nil
    }

    /// One file of its parts. Lines with nothing but a `//` comment are for who changes the parts, and stay behind: what
    /// is joined is loaded on every page.
    private static func joined(_ parts: [Data]) -> Data {
        let lines = parts.flatMap { $0.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) }
        let kept = lines.filter { line in
            !line.drop { $0 == UInt8(ascii: " ") }.starts(with: "//".utf8)
        }
        return Data(kept.joined(separator: "\n".utf8))
    }

    private static func paths(_ name: String) -> [String] {
        guard name.hasSuffix(".html") else { return ["/\(name)"] }
        let short = name.dropLast(".html".count)
        guard short == "index" || short.hasSuffix("/index") else { return ["/\(name)", "/\(short)"] }
        return ["/\(name)", "/\(short.dropLast("index".count))"]
    }

    private static func type(of name: String) -> String? {
        switch name.split(separator: "/").last?.split(separator: ".").dropFirst().last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "json", "map": "application/json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "ico": "image/x-icon"
        case "webp": "image/webp"
        case "woff2": "font/woff2"
        case "txt": "text/plain; charset=utf-8"
        case "yaml": "application/yaml"
        case "webmanifest": "application/manifest+json"
        default: nil
        }
    }
}

/// A folder or file cannot be read, or is too large.
public struct StaticFilesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which one.
    public let path: String

    /// What is wrong.
    public var description: String { "\(path) can not be read, or is larger than 16 MiB" }
}
