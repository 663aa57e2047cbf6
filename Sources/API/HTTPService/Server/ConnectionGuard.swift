import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1

/// What Hummingbird leaves open on a connection:
///
/// - A request that trickles in for too long is answered with 408.
/// - Bytes that are no HTTP are answered with a problem document, and not with an empty 400.
/// - `Connection: close` in an answer closes the connection, in such a way that a client which is still sending a body
///   nobody wants gets to read the answer first (RFC 9112 §9.6).
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPConnectionStateHandler.InboundIn
    typealias InboundOut = HTTPConnectionStateHandler.InboundOut
    typealias OutboundIn = HTTPConnectionStateHandler.OutboundIn
    typealias OutboundOut = HTTPConnectionStateHandler.OutboundOut

    private enum State {
        case open
        /// The last answer is being written.
        case ending
        /// Nothing is written any more, and what comes is thrown away.
        case ended
    }

    /// How long the client may take to read the last answer.
    private static let lingering = TimeAmount.seconds(2)

    private let requestTimeout: TimeAmount
    private var state = State.open
    private var isReceiving = false
    private var answersDue = 0
    private var hasBegunAnswer = false
    private var parserError: HTTPParserError?
    private var timer: Scheduled<Void>?

    init(requestTimeout: TimeAmount) {
        self.requestTimeout = requestTimeout
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .ended else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            isReceiving = true
            answersDue += 1
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body: break
        case .end:
            isReceiving = false
            timer?.cancel()
            timer = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests are whole by now, and need no timer.
        if isReceiving, timer == nil, state == .open {
            timer = schedule(context, in: requestTimeout) { $0.timedOut($1) }
        }
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        parserError = error as? HTTPParserError
        context.fireErrorCaught(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if state == .ended, event as? ChannelEvent == .inputClosed {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state != .ended else { return promise?.fail(ChannelError.ioOnClosedChannel) ?? () }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            hasBegunAnswer = true
            if head.headerFields[.connection] == "close" { state = .ending }
            if let parserError, head.status == .badRequest {
                writeProblem(Self.problem(parserError), context)
                promise?.succeed()
                return
            }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            answersDue -= 1
            hasBegunAnswer = false
            context.writeAndFlush(data, promise: promise)
            if state == .ending { end(context) }
        }
    }

    private func timedOut(_ context: ChannelHandlerContext) {
        timer = nil
        guard state == .open, isReceiving else { return }
        // Only when the request that trickles is the one whose answer is due, and that has not begun.
        guard answersDue == 1, !hasBegunAnswer else { return context.close(promise: nil) }
        writeProblem(Problem(.requestTimeout, detail: "The request took too long to arrive"), context)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    /// Says goodbye, and closes when the client has done the same or its time is over.
    private func end(_ context: ChannelHandlerContext) {
        state = .ended
        timer?.cancel()
        context.close(mode: .output, promise: nil)
        timer = schedule(context, in: Self.lingering) { $1.close(promise: nil) }
    }

    private func writeProblem(_ problem: Problem, _ context: ChannelHandlerContext) {
        var response = problem.response(instance: "")
        response.headers[.connection] = "close"
        response.headers.addSecurity()
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: problem.body(instance: "")))), promise: nil)
    }

    private static func problem(_ error: HTTPParserError) -> Problem {
        error == .headerOverflow
            ? Problem(.requestHeaderFieldsTooLarge, detail: "The head of the request is too large")
            : .badRequest("The request is not HTTP/1.1")
    }

    private func schedule(
        _ context: ChannelHandlerContext, in time: TimeAmount,
        _ body: @escaping (ConnectionGuard, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        let bound = NIOLoopBound((self, context, body), eventLoop: context.eventLoop)
        return context.eventLoop.scheduleTask(in: time) {
            let (handler, context, body) = bound.value
            body(handler, context)
        }
    }
}
