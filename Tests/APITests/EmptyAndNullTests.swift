import Hummingbird
import RemindersContracts
import Testing

@testable import RemindersRoutes

/// What is given as nothing: every parameter of `contracts/openapi.json` empty, and every member of a body null.
@Suite struct EmptyAndNullTests {
    private static func operations(of document: OpenAPIDocument) -> [OpenAPIDocument.Operation] {
        document.operations.filter { !ContractTests.answeredElsewhere.contains($0.tag) }
    }

    @Test func `no parameter of a query may be empty, and none is documented as if it might`() async throws {
        let document = try OpenAPIDocument()
        let all = Self.operations(of: document).map { ($0, document.queryParameters(of: $0)) }
        #expect(all.map(\.1.count).reduce(0, +) > 30)
        try await APIScene.play { scene in
            for (operation, parameters) in all {
                let path = operation.path.replacing("{sag_id}", with: "123").replacing("{id}", with: "1")
                for (name, schema) in parameters {
                    for text in ["\(name)=", name] {
                        let answer = try await scene.user("1", .admin).send(operation.method, "\(path)?\(text)")
                        #expect(
                            answer.status == 422 && answer.pointers == ["query/\(name)"],
                            "\(operation.id) ?\(text): \(answer)")
                    }
                    #expect(refusesEmpty(schema), "\(operation.id) \(name): \(schema)")
                }
            }
        }
    }

    @Test func `null is refused where the document says so, and counts as left out elsewhere`() async throws {
        let document = try OpenAPIDocument()
        let all = Self.operations(of: document).map { ($0, document.bodyFields(of: $0)) }.filter { !$0.1.isEmpty }
        #expect(all.map(\.1.count).reduce(0, +) > 80)
        try await APIScene.play { scene in
            try await scene.prepareForExamples()
            for (operation, fields) in all {
                let request = try #require(document.requests(of: operation).first)
                let body = try #require(request.body)
                @Sendable func answer(_ path: [String], _ value: JSONValue?) async throws -> APIAnswer {
                    try await scene.user("1", .admin).send(
                        operation.method, request.target, [:], body.setting(path, to: value).bytes)
                }
                for field in fields {
                    let pointer = "/" + field.path.joined(separator: "/")
                    let given = try await answer(field.path, .null)
                    let words = "\(operation.id) \(pointer): null: \(given)"
                    if !field.allowsNull {
                        #expect(given.status == 422 && given.pointers.contains(pointer), "\(words)")
                    } else if operation.method == .patch {
                        // A merge patch takes it away, which may be wrong for other reasons.
                        #expect(given.detail(of: pointer)?.contains("null") != true, "\(words)")
                    } else {
                        let left = try await answer(field.path, nil)
                        #expect(given.status / 100 == left.status / 100 && given.pointers == left.pointers, "\(words)")
                    }
                }
            }
        }
    }

    private func refusesEmpty(_ schema: JSONValue) -> Bool {
        guard schema["type"]?.text == "string" else { return true }
        let isLong = (schema["minLength"]?.integer ?? 0) > 0
        let pattern = schema["pattern"]?.text.flatMap { try? Regex($0) }
        return isLong || schema["enum"] != nil || pattern.map { "".firstMatch(of: $0) == nil } ?? false
    }
}

extension JSONValue {
    /// This object with the member at the end of `path` replaced, added, or, for nil, without it.
    fileprivate func setting(_ path: [String], to value: JSONValue?) -> JSONValue {
        guard let name = path.first else { return value ?? self }
        let inner = path.count == 1 ? value : (self[name] ?? .object([])).setting(Array(path.dropFirst()), to: value)
        let others = members.filter { $0.name != name }
        return .object(others + (inner.map { [JSONMember(name, $0)] } ?? []))
    }
}
