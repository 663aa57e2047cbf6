import CRabbitMQ

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

extension AMQPError {
    /// From a negative return value of librabbitmq.
    init(status: Int32, operation: String) {
        self.init(code: .library(status), operation: operation, text: String(cString: amqp_error_string2(status)))
    }

    /// From the reply to a synchronous method; nil when that succeeded.
    init?(reply: amqp_rpc_reply_t, operation: String) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL:
            return nil
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            guard let decoded = reply.reply.decoded else {
                self.init(status: AMQP_STATUS_WRONG_METHOD.rawValue, operation: operation)
                return
            }
            switch reply.reply.id {
            case AMQP_CONNECTION_CLOSE_METHOD:
                let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
                self.init(closed: close.reply_code, close.reply_text, operation: operation)
            case AMQP_CHANNEL_CLOSE_METHOD:
                let close = decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
                self.init(closed: close.reply_code, close.reply_text, operation: operation)
            default:
                self.init(status: AMQP_STATUS_WRONG_METHOD.rawValue, operation: operation)
            }
        case AMQP_RESPONSE_LIBRARY_EXCEPTION:
            self.init(status: reply.library_error, operation: operation)
        default:
            self.init(status: AMQP_STATUS_SOCKET_CLOSED.rawValue, operation: operation)
        }
    }

    private init(closed code: UInt16, _ text: amqp_bytes_t, operation: String) {
        self.init(code: .reply(Int(code)), operation: operation, text: String(text))
    }
}
