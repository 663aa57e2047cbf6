import RemindersHTTPService
import ServiceLifecycle

/// Serves the streams. On graceful shutdown they are ended first: the server waits for what it has begun, and a stream
/// has no end of its own.
public struct StreamService: Service {
    private let hub: PopupHub
    private let server: HTTPServer

    /// Serves the streams of `hub`.
    public init(hub: PopupHub, server: HTTPServer) {
        self.hub = hub
        self.server = server
    }

    /// Serves until graceful shutdown.
    ///
    /// - Throws: `ListeningError` when the address can not be had.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await server.run()
        } onGracefulShutdown: {
            hub.close()
        }
    }
}
