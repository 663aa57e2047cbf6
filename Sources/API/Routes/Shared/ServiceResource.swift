import Hummingbird
import RemindersHTTPService
import RemindersTokens

/// What services keep here at a path of its own, by `GET`, `PUT` and `DELETE`, instead of publishing it: cases and users.
///
/// One rule for all of them: services and operators only; `If-Match` is heeded; a `PUT` says everything anew; what is not
/// there, or was deleted, is a 404.
protocol ServiceResource: Sendable {
    /// As it is stored.
    associatedtype Stored: ServiceRepresentation

    /// The path, with parameters.
    static var path: RouterPath { get }
    /// 404 for what is not there.
    static var notFound: Problem { get }

    /// What the path names; nil when it is not there.
    func find(_ context: APIContext) async throws -> Stored?

    /// Says everything about it anew.
    ///
    /// - Parameter check: gets it as it is, nil when it is not there; what it throws undoes everything.
    func replace(
        _ request: Request, _ context: APIContext, _ check: @escaping @Sendable (Stored?) throws -> Void
    ) async throws -> (stored: Stored, isNew: Bool)

    /// Deletes it.
    ///
    /// - Parameter check: as for `replace`.
    /// - Returns: false when it never was there.
    func delete(_ context: APIContext, _ check: @escaping @Sendable (Stored?) throws -> Void) async throws -> Bool

    /// Erases it, where a `DELETE` asks for that in its query. Most can only be deleted, and take no query.
    ///
    /// - Returns: nil for a request that does not ask for it.
    func erase(_ request: Request, _ context: APIContext) async throws -> Response?
}

extension ServiceResource {
    func erase(_ request: Request, _ context: APIContext) async throws -> Response? {
        try request.requireNoQuery()
        return nil
    }
}

/// As the API shows it.
protocol ServiceRepresentation {
    /// The object.
    var json: [UInt8] { get }
}

extension ServiceResource {
    func add(to router: some RouterMethods<APIContext>) {
        router.group(Self.path).add(middleware: RequiredScope(.service))
            .get { request, context in
                try request.requireNoQuery()
                guard let found = try await find(context) else { throw Self.notFound }
                return Response.resource(.ok, found.json, answering: request)
            }
            .put { request, context in
                try request.requireNoQuery()
                let (stored, isNew) = try await replace(request, context) { try request.requireMatch(with: $0?.json) }
                return Response.resource(isNew ? .created : .ok, stored.json, answering: request)
            }
            .delete { request, context in
                if let answer = try await erase(request, context) { return answer }
                guard try await delete(context, { try request.requireMatch(with: $0?.json) }) else {
                    throw Self.notFound
                }
                return Response.noContent
            }
    }
}

extension ObjectReader {
    /// Notes what the API shows and only itself sets.
    mutating func refuse(_ names: [String]) {
        for name in names where value(name) != nil { note(name, "cannot be set") }
    }
}
