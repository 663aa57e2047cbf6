import Hummingbird

extension Router<APIContext> {
    /// Every path answers the methods it has no route for with 405, and OPTIONS with what it has. To be called last.
    func addMethodNotAllowed() {
        let methods = Dictionary(grouping: routes, by: \.path.description).values
        for group in methods {
            var allowed = Set(group.map(\.method))
            if allowed.contains(.get) { allowed.insert(.head) }
            let words = (allowed.map(\.rawValue) + ["OPTIONS"]).sorted()
            for method in Self.answered where !allowed.contains(method) {
                on(group[0].path, method: method) { _, _ -> Response in
                    if method == .options {
                        return Response(status: .noContent, headers: [.allow: words.joined(separator: ", ")])
                    }
                    throw Problem.methodNotAllowed(words)
                }
            }
        }
    }

    private static var answered: [HTTPRequest.Method] {
        [.get, .head, .post, .put, .patch, .delete, .options, .trace]
    }
}
