import Foundation
import Hummingbird
import RemindersContracts
import TestSupport

/// `contracts/openapi.json`, as far as tests need it.
struct OpenAPIDocument {
    /// A method of a path.
    struct Operation {
        let method: HTTPRequest.Method
        /// With its parameters in braces: `/api/v1/sag/reminders/{id}`.
        let path: String
        let value: JSONValue

        /// `operationId`
        var id: String { value["operationId"]?.text ?? "" }
        /// Its group; what the service says of itself is none of the API's routes.
        var tag: String { value["tags"]?.elements.first?.text ?? "" }
        /// Of which scopes it needs one; empty when every token will do.
        var scopes: [String] {
            (value["security"]?.elements ?? []).flatMap { $0["bearer"]?.elements ?? [] }.compactMap(\.text)
        }
    }

    /// A request that an operation's examples describe: those with the same name in parameters and body.
    struct Request {
        let operation: Operation
        /// `createReminder daily`
        let name: String
        let target: String
        let headers: HTTPFields
        let body: JSONValue?
    }

    let operations: [Operation]
    private let root: JSONValue
    /// RFC 3986 §2.3.
    private static let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))

    init() throws {
        let file = Repository.root.appendingPathComponent("contracts/openapi.json")
        root = try JSONValue(parsing: Array(Data(contentsOf: file)), sizeLimit: 4_000_000, depthLimit: 64)
        operations = (root["paths"]?.members ?? []).flatMap { path in
            path.value.members.compactMap { member in
                guard let method = HTTPRequest.Method(rawValue: member.name.uppercased()) else { return nil }
                return Operation(method: method, path: path.name, value: member.value)
            }
        }
    }

    /// Every example of an operation.
    func requests(of operation: Operation) -> [Request] {
        let parameters = (operation.value["parameters"]?.elements ?? []).map(resolve)
        let bodies = operation.value["requestBody"]?["content"]?.members.first?.value["examples"]?.members ?? []
        var names = bodies.map(\.name)
        for name in parameters.flatMap({ $0["examples"]?.members ?? [] }).map(\.name) where !names.contains(name) {
            names.append(name)
        }
        return (names.isEmpty ? [""] : names).map { name in
            request(operation, name, parameters, body: bodies.first { $0.name == name }?.value["value"])
        }
    }

    /// The names of an operation's parameters in the query.
    func queryParameters(of operation: Operation) -> [(name: String, schema: JSONValue)] {
        (operation.value["parameters"]?.elements ?? []).map(resolve).compactMap { parameter in
            guard parameter["in"]?.text == "query", let name = parameter["name"]?.text else { return nil }
            return (name, resolve(parameter["schema"] ?? .null))
        }
    }

    /// The members that an operation's body may have, with those of objects inside it: `[trigger_config, days_before]`.
    func bodyFields(of operation: Operation) -> [(path: [String], isRequired: Bool, allowsNull: Bool)] {
        let content = operation.value["requestBody"]?["content"]?.members.first?.value
        return fields(of: content?["schema"] ?? .null, under: [])
    }

    private func fields(
        of schema: JSONValue, under path: [String]
    ) -> [(path: [String], isRequired: Bool, allowsNull: Bool)] {
        let schema = resolve(schema)
        let required = (schema["required"]?.elements ?? []).compactMap(\.text)
        let own = (schema["properties"]?.members ?? []).flatMap { member in
            let path = path + [member.name]
            let field = (path: path, isRequired: required.contains(member.name), allowsNull: allowsNull(member.value))
            return [field] + fields(of: member.value, under: path)
        }
        return own + (schema["anyOf"]?.elements ?? []).flatMap { fields(of: $0, under: path) }
    }

    private func allowsNull(_ schema: JSONValue) -> Bool {
        let schema = resolve(schema)
        if let types = schema["type"] { return types == "null" || types.elements.contains("null") }
        return (schema["anyOf"]?.elements ?? []).contains(where: allowsNull)
    }

    private func request(
        _ operation: Operation, _ name: String, _ parameters: [JSONValue], body: JSONValue?
    ) -> Request {
        var path = operation.path
        var query: [String] = []
        var headers = HTTPFields()
        for parameter in parameters {
            guard let example = parameter["examples"]?[name]?["value"] ?? parameter["example"],
                let field = parameter["name"]?.text
            else { continue }
            let text = example.text ?? String(decoding: example.bytes, as: UTF8.self)
            let encoded = text.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? text
            switch parameter["in"]?.text {
            case "path": path = path.replacing("{\(field)}", with: encoded)
            case "query": query.append("\(field)=\(encoded)")
            default: if let header = HTTPFields.Element.Name(field) { headers[header] = text }
            }
        }
        let target = query.isEmpty ? path : "\(path)?\(query.joined(separator: "&"))"
        return Request(
            operation: operation, name: "\(operation.id) \(name)", target: target, headers: headers, body: body)
    }

    /// What a reference leads to, with what stands beside it.
    private func resolve(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.text else { return value }
        let target = reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] ?? .null }
        let beside = value.members.filter { $0.name != "$ref" }
        return .object(beside + target.members.filter { member in !beside.contains { $0.name == member.name } })
    }
}

extension JSONValue {
    /// The elements of an array; none of anything else.
    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
    /// The members of an object; none of anything else.
    var members: [JSONMember] { if case .object(let members) = self { members } else { [] } }
}
