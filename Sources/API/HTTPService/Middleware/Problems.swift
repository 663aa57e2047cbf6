import Hummingbird
import NIOCore
import NIOHTTP1

/// Makes an answer of every error.
struct Problems: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // Hummingbird ends the connection, and `ConnectionGuard` says why.
            throw error
        } catch {
            return problem(error, request, context).response(instance: request.uri.path)
        }
    }

    private func problem(_ error: any Error, _ request: Request, _ context: APIContext) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case is NIOTooManyBytesError:
            return Problem(.contentTooLarge, detail: "The body is too large", headers: [.connection: "close"])
        case let error as HTTPError where error.status == .notFound: return .notFound("Nothing is found here")
        case let error as HTTPError: return Problem(error.status, detail: error.body)
        case let error as any HTTPResponseError: return Problem(error.status)
        case is CancellationError: return .unavailable("The service is stopping")
        default:
            context.logger.error(
                "Request failed unexpectedly", metadata: ["error": "\(error)", "http.path": "\(request.uri.path)"])
            return Problem(
                .internalServerError,
                detail: "Something unexpected went wrong; the log knows it as request \(context.requestID)")
        }
    }
}
