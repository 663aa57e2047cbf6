/// What went wrong between this process and the broker. Prints no password and no message content.
public struct AMQPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Who said so, and its number.
    public enum Code: Hashable, Sendable {
        /// A status of librabbitmq (`amqp_status_enum`, negative).
        case library(Int32)
        /// A reply code of the broker (AMQP 0-9-1 section 1.2), for example 404 or 406.
        case reply(Int)
        /// Refused or noticed by this driver.
        case driver
    }

    /// The native code.
    public let code: Code
    /// What was being done, for example "declare queue".
    public let operation: String
    /// The library's or the broker's own words.
    public let text: String

    /// Takes the parts as they are.
    public init(code: Code, operation: String, text: String) {
        self.code = code
        self.operation = operation
        self.text = text
    }

    /// "declare queue: PRECONDITION_FAILED - … (406)".
    public var description: String {
        switch code {
        case .library(let status): "\(operation): \(text) (librabbitmq \(status))"
        case .reply(let number): "\(operation): \(text) (\(number))"
        case .driver: "\(operation): \(text)"
        }
    }

    /// The broker's reply code, when it was the broker who refused.
    public var replyCode: Int? {
        if case .reply(let number) = code { number } else { nil }
    }
}
