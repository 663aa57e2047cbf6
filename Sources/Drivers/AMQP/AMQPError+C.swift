import CRabbitMQ

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
