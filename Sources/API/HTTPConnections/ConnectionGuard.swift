import Glibc
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1

/// How long a connection is waited for.
public struct ConnectionTimes: Sendable {
    /// Until the first head is whole. Later ones come on a connection that was of use, and may idle longer.
    public var head = Duration.seconds(10)
    /// Until a request whose head has come is whole.
    public var request = Duration.seconds(30)
    /// Until a client takes what was sent to it. One that never reads is cut off then.
    public var reading = Duration.seconds(30)

    /// The defaults.
    public init() {}
}

/// What Hummingbird leaves open on a connection:
///
/// - A connection on which no head comes is closed, and so is one whose client takes nothing of what it is sent.
/// - A head that others may understand otherwise is refused (`RequestFraming`).
/// - A request that trickles in for too long is answered with 408.
/// - Bytes that are no HTTP are answered with a problem document, and not with an empty 400.
/// - The register learns whether it has anything in hand.
/// - `Connection: close` in an answer closes the connection, in such a way that a client which is still sending a body
///   nobody wants gets to read the answer first (RFC 9112 §9.6).
public final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    /// Parts of requests.
    public typealias InboundIn = HTTPConnectionStateHandler.InboundIn
    /// Parts of requests.
    public typealias InboundOut = HTTPConnectionStateHandler.InboundOut
    /// Parts of answers.
    public typealias OutboundIn = HTTPConnectionStateHandler.OutboundIn
    /// Parts of answers.
    public typealias OutboundOut = HTTPConnectionStateHandler.OutboundOut
    /// An answer with its whole body.
    public typealias Answer = (head: HTTPResponse, body: ByteBuffer)

    private enum State {
        case open
        /// The last answer is being written.
        case ending
        /// Nothing is written any more, and what comes is thrown away.
        case ended
    }

    /// How long the client may take to read the last answer.
    private static let lingering = TimeAmount.seconds(2)

    private let register: ConnectionRegister
    private let times: ConnectionTimes
    private let answer: @Sendable (RequestRefusal) -> Answer
    private var state = State.open
    private var isReceiving = false
    private var answersDue = 0
    private var hasBegunAnswer = false
    private var isBusy = false
    private var hasCredentials = false
    private var isKnown = false
    private var refusal: RequestRefusal?
    private var timer: Scheduled<Void>?

    /// The guard of one connection.
    ///
    /// - Parameters:
    ///   - register: the connections of its server.
    ///   - times: how long it waits.
    ///   - answer: makes the answer of a refusal; `Connection: close` is added.
    public init(
        register: ConnectionRegister, times: ConnectionTimes, answer: @escaping @Sendable (RequestRefusal) -> Answer
    ) {
        self.register = register
        self.times = times
        self.answer = answer
    }

    /// Enters the connection into the register, and begins to wait for a head.
    public func handlerAdded(context: ChannelHandlerContext) {
        register.enter(context.channel)
        let pipeline = context.pipeline.syncOperations
        if let decoder = try? pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) {
            let framing = RequestFraming { [weak self] in self?.refusal = $0 }
            try? pipeline.addHandler(framing, position: .after(decoder))
        }
        // The kernel ends the connection when what was sent is not acknowledged, or not taken, for so long: tcp(7).
        let milliseconds = Int(times.reading / .milliseconds(1))
        try? context.channel.syncOptions?.setOption(
            ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: TCP_USER_TIMEOUT)), value: milliseconds
        )
        timer = schedule(context, in: TimeAmount(times.head)) { handler, context in
            handler.timer = nil
            context.close(promise: nil)
        }
    }

    /// Notes how far a request has come.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .ended else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            stopTimer()
            isReceiving = true
            answersDue += 1
            hasCredentials = head.headerFields.contains(.authorization)
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body: break
        case .end:
            isReceiving = false
            stopTimer()
            noteStanding(context)
        }
        context.fireChannelRead(data)
    }

    /// Begins to wait for the rest of a request.
    public func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests are whole by now, and need no timer.
        if isReceiving, timer == nil, state == .open {
            timer = schedule(context, in: TimeAmount(times.request)) { $0.timedOut($1) }
        }
        context.fireChannelReadComplete()
    }

    /// Keeps why the connection is ended.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if refusal == nil { refusal = (error as? HTTPParserError).map(RequestRefusal.init) }
        context.fireErrorCaught(error)
    }

    /// Closes when the client has said goodbye too.
    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if state == .ended, event as? ChannelEvent == .inputClosed {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Waits for nothing more.
    public func handlerRemoved(context: ChannelHandlerContext) {
        stopTimer()
    }

    /// Notes how far an answer has come, and ends the connection after the last.
    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state != .ended else { return promise?.fail(ChannelError.ioOnClosedChannel) ?? () }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            hasBegunAnswer = true
            if head.headerFields[.connection] == "close" { state = .ending }
            // What Hummingbird says to an error of the parser.
            if let refusal, head.status == .badRequest {
                write(refusal, context)
                promise?.succeed()
                return
            }
            if hasCredentials, ![.badRequest, .unauthorized, .serviceUnavailable].contains(head.status) {
                isKnown = true
            }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            answersDue -= 1
            hasBegunAnswer = false
            context.writeAndFlush(data, promise: promise)
            noteStanding(context)
            if state == .ending { end(context) }
        }
    }

    private func timedOut(_ context: ChannelHandlerContext) {
        timer = nil
        guard state == .open, isReceiving else { return }
        // Only when the request that trickles is the one whose answer is due, and that has not begun.
        guard answersDue == 1, !hasBegunAnswer else { return context.close(promise: nil) }
        write(.tooSlow, context)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    /// Says goodbye, and closes when the client has done the same or its time is over.
    private func end(_ context: ChannelHandlerContext) {
        state = .ended
        stopTimer()
        context.close(mode: .output, promise: nil)
        timer = schedule(context, in: Self.lingering) { $1.close(promise: nil) }
    }

    private func write(_ refusal: RequestRefusal, _ context: ChannelHandlerContext) {
        var (head, body) = answer(refusal)
        head.headerFields[.connection] = "close"
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
    }

    /// Tells the register when it gets something in hand, and when that is done.
    private func noteStanding(_ context: ChannelHandlerContext) {
        let isBusy = answersDue > 0 && !isReceiving
        guard isBusy != self.isBusy else { return }
        self.isBusy = isBusy
        if isBusy {
            register.isBusy(context.channel)
        } else {
            register.isIdle(context.channel, isKnown: isKnown)
        }
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
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
