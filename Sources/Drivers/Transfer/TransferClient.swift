import CCurl
import Glibc
import Logging

/// Sends mail through SMTP servers and requests over HTTPS, on libcurl, with all of it on one thread.
///
/// Connections are kept and used again. A call ends with a `TransferResult` and never throws: what can be wrong with
/// a mail, server or request is refused when it is made. Cancelling the task does not stop a transfer, which could
/// only turn an answer into an unknown one; the time-outs end it.
///
/// A process that uses it should ignore SIGPIPE, as libcurl(3) asks of programs that set `CURLOPT_NOSIGNAL`.
public final class TransferClient: Sendable {
    /// How many connections there are at most to a mail server, and to each scheme, host and port of requests.
    public let maximumConnectionsPerHost: Int
    private let loop: TransferLoop

    /// curl_global_init(3) once in the process; `CURL_GLOBAL_ALL` is 3.
    private static let initialised: Bool = curl_global_init(3) == CURLE_OK

    /// Starts the thread; connections are opened when there is something to send.
    ///
    /// - Parameters:
    ///   - logger: gets connections that failed, at debug level.
    ///   - maximumConnectionsPerHost: for each mail server, and for each scheme, host and port of requests. More than
    ///     eight did not help on a relay near by.
    ///   - addressGuard: which addresses requests may go to.
    public init(
        logger: Logger, maximumConnectionsPerHost: Int = 8, addressGuard: AddressGuard = .publicOnly
    ) {
        precondition(Self.initialised, "libcurl could not be initialised")
        self.maximumConnectionsPerHost = max(1, maximumConnectionsPerHost)
        loop = TransferLoop(
            logger: logger, maximumConnectionsPerHost: self.maximumConnectionsPerHost, addressGuard: addressGuard)
    }

    /// Sends one mail, waiting for a connection if all are busy.
    ///
    /// A connection kept from before that turns out to be closed is replaced without a word, as nothing has been
    /// handed over then. When no connection can be made, every mail that waits for this server is deferred at once.
    ///
    /// - Parameter isWanted: asked on the thread of the transfers when a connection is free for it, and again when the server
    ///   has asked for the message. With false it is deferred, and nothing is handed over.
    public func send(
        _ mail: Mail, through server: SMTPServer, while isWanted: @escaping @Sendable () -> Bool = { true }
    ) async -> TransferResult {
        await submit(.mail(mail, server), isWanted)
    }

    /// Sends one request, waiting while there are as many as allowed to the same host; its time-out starts after that.
    ///
    /// - Parameter isWanted: asked on the thread of the transfers when its turn comes. With false it is deferred.
    public func perform(
        _ request: HTTPRequest, while isWanted: @escaping @Sendable () -> Bool = { true }
    ) async -> TransferResult {
        await submit(.request(request), isWanted)
    }

    /// Connects, does TLS, EHLO and AUTH, and quits: `delivered` means that the server would take mail.
    public func verify(_ server: SMTPServer) async -> TransferResult {
        await submit(.verify(server), { true })
    }

    /// Takes nothing more, waits for what is in progress and closes every connection.
    ///
    /// - Parameter limit: after this the rest is aborted: deferred where nothing was handed over, otherwise unknown.
    public func close(within limit: Duration = .seconds(10)) async {
        await loop.close(by: .now + limit)
    }

    private func submit(
        _ submission: Submission, _ isWanted: @escaping @Sendable () -> Bool
    ) async -> TransferResult {
        let started = ContinuousClock.now
        return await withCheckedContinuation { continuation in
            loop.submit(
                submission, Completion(continuation: continuation, started: started, isWanted: isWanted))
        }
    }
}
