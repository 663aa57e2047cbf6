import RemindersContracts
import RemindersDomain

/// A way to reach a person. A channel knows how to attempt one delivery, and nothing of queues, ledgers or retries.
public protocol Channel: Sendable {
    /// Which deliveries it takes.
    var kind: ChannelKind { get }

    /// How many attempts it makes at once, 1 or more: what is beyond that would only wait inside of it, claimed and not
    /// tried. 8 unless it says otherwise.
    var attemptsAtOnce: Int { get }

    /// What decides how long an attempt takes: a mail's domain, a host. Attempts for one that is silent do not hold up those for
    /// others. Empty, for all alike, unless it says otherwise.
    func destination(of request: DeliveryRequested) -> String

    /// Ends the attempts that are under way: what is not handed over yet is put off, the rest is unknown. Called when the process
    /// is to end and they take too long. Nothing unless it says otherwise.
    func cutOff() async

    /// What `attempt` would hand over, byte for byte: shown by dry runs and previews. Opens no connection.
    ///
    /// - Throws: `RenderingError` when no message can be made of the request, whoever tries and however often.
    func render(_ request: DeliveryRequested) throws(RenderingError) -> RenderedMessage

    /// Tries once to hand the message over, and says how that ended.
    ///
    /// - Parameter message: what `render` made of `request`.
    func attempt(_ request: DeliveryRequested, message: RenderedMessage) async -> AttemptOutcome

    /// The same, for a channel in which a message may wait before it is handed over.
    ///
    /// - Parameter isOurs: to be asked immediately before the message is handed over. With false another process may be at the
    ///   delivery by now, and nothing may be handed over: the outcome is `deferred` then. Without a method of its own a channel
    ///   is asked to attempt only what is.
    func attempt(
        _ request: DeliveryRequested, message: RenderedMessage, while isOurs: @escaping @Sendable () -> Bool
    ) async -> AttemptOutcome
}

extension Channel {
    /// 8.
    public var attemptsAtOnce: Int { 8 }

    /// Nothing.
    public func cutOff() async {}

    /// One for all.
    public func destination(of request: DeliveryRequested) -> String { "" }

    /// Attempts what still is this process's.
    public func attempt(
        _ request: DeliveryRequested, message: RenderedMessage, while isOurs: @escaping @Sendable () -> Bool
    ) async -> AttemptOutcome {
        guard isOurs() else { return .deferred(after: nil, reply: "another process may be at it by now") }
        return await attempt(request, message: message)
    }
}

/// A message as it goes over the wire.
public struct RenderedMessage: Sendable {
    /// The bytes handed over: an RFC 5322 message, or a JSON body.
    public let content: [UInt8]

    /// Takes the bytes that will be handed over.
    public init(content: [UInt8]) {
        self.content = content
    }
}

/// No message can be made of a request: an address outside the grammar, or a template that does not render.
public struct RenderingError: Error, CustomStringConvertible {
    /// The field of `delivery.requested.v1` that is at fault, for instance `address`.
    public let field: String
    /// What is wrong with it and what would be right; free of the value itself.
    public let description: String

    /// Names the field and the fault.
    public init(field: String, description: String) {
        self.field = field
        self.description = description
    }
}

/// Everything that is wrong with the configuration of a channel; it never repeats a value.
public struct ChannelConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One wrong value.
    public struct Problem: Hashable, Sendable {
        /// The property of the configuration it is for.
        public let field: String
        /// What is wrong, as a predicate: `is no mail address`.
        public let description: String

        /// Puts the two together.
        public init(field: String, description: String) {
            self.field = field
            self.description = description
        }
    }

    /// At least one.
    public let problems: [Problem]

    /// Takes at least one.
    public init(_ problems: [Problem]) {
        self.problems = problems
    }

    /// All on one line.
    public var description: String {
        problems.map { "\($0.field) \($0.description)" }.joined(separator: "; ")
    }
}
