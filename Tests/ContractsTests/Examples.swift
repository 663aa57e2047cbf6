import Foundation
import RemindersContracts
import Testing

/// The examples in `contracts/examples`.
enum Examples {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../contracts/examples").standardizedFileURL

    /// A file of valid JSON.
    struct Valid: Sendable, CustomTestStringConvertible {
        let name: String
        let body: [UInt8]
        var testDescription: String { name }
    }

    /// An event in binary mode.
    struct Binary: Sendable, CustomTestStringConvertible {
        let name: String
        let contentType: String
        let headers: [(name: String, value: HeaderValue)]
        let body: [UInt8]
        var testDescription: String { name }
    }

    /// Something that must be refused.
    struct Invalid: Sendable, CustomTestStringConvertible {
        struct Wrong: Sendable {
            let pointer: String
            let words: [String]
        }

        let name: String
        let message: String
        let code: String
        let contentType: String?
        let headers: [(name: String, value: HeaderValue)]
        let body: [UInt8]
        let errors: [Wrong]
        var testDescription: String { name }
    }

    static func valid(_ kind: String) -> [Valid] {
        files(in: folder).filter { $0.lastPathComponent.hasPrefix(kind + ".") }.map {
            Valid(name: $0.lastPathComponent, body: bytes(of: $0))
        }
    }

    static var binary: [Binary] {
        files(in: folder.appending(path: "binary-mode")).map { file in
            let object = object(of: file)
            return Binary(
                name: file.lastPathComponent, contentType: object["content_type"] as? String ?? "",
                headers: headers(object), body: serialized(object["body"]))
        }
    }

    static var invalid: [Invalid] {
        files(in: folder.appending(path: "invalid")).map { file in
            let object = object(of: file)
            var body = Array((object["text"] as? String ?? "").utf8)
            if let value = object["body"] { body = serialized(value) }
            if let hexadecimal = object["hex"] as? String { body = unhex(hexadecimal) }
            let errors = object["errors"] as? [[String: Any]] ?? []
            return Invalid(
                name: file.lastPathComponent, message: object["message"] as? String ?? "",
                code: object["code"] as? String ?? "", contentType: object["content_type"] as? String,
                headers: headers(object), body: body,
                errors: errors.map {
                    Invalid.Wrong(
                        pointer: $0["pointer"] as? String ?? "?", words: $0["words"] as? [String] ?? ["no words"])
                })
        }
    }

    private static func files(in folder: URL) -> [URL] {
        let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return (all ?? []).filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
    }

    private static func bytes(of file: URL) -> [UInt8] {
        (try? Data(contentsOf: file)).map(Array.init) ?? []
    }

    private static func object(of file: URL) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(bytes(of: file)))) as? [String: Any] ?? [:]
    }

    private static func headers(_ object: [String: Any]) -> [(name: String, value: HeaderValue)] {
        (object["headers"] as? [String: String] ?? [:]).sorted { $0.key < $1.key }.map {
            (name: $0.key, value: .text($0.value))
        }
    }

    private static func serialized(_ value: Any?) -> [UInt8] {
        guard let value, let data = try? JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed)
        else {
            return []
        }
        return Array(data)
    }

    private static func unhex(_ text: String) -> [UInt8] {
        stride(from: 0, to: text.count, by: 2).compactMap { UInt8(text.dropFirst($0).prefix(2), radix: 16) }
    }
}
