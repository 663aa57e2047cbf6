import CRabbitMQ
import Glibc

/// Memory for what one call hands to librabbitmq: strings, tables and bodies at addresses that stay.
///
/// Not thread-safe; its owner is a `Connection`, which lives on one thread.
final class EncodingPool {
    private var pool = amqp_pool_t()

    init() {
        init_amqp_pool(&pool, 64 * 1024)
    }

    deinit {
        empty_amqp_pool(&pool)
    }

    /// Makes all that was handed out invalid and keeps the memory for the next call.
    func recycle() {
        recycle_amqp_pool(&pool)
    }

    func allocate<Element>(_ type: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
        // The pool hands out no block of zero bytes.
        let size = max(count, 1) * MemoryLayout<Element>.stride
        // Out of memory ends the process here as in any Swift allocation.
        return amqp_pool_alloc(&pool, size)!.bindMemory(to: type, capacity: max(count, 1))
    }

    func bytes(_ text: String) -> amqp_bytes_t {
        let count = text.utf8.count
        guard count > 0 else { return amqp_bytes_t() }
        let target = allocate(UInt8.self, count: count)
        let copied: Void? = text.utf8.withContiguousStorageIfAvailable { source in
            target.update(from: source.baseAddress!, count: count)  // not nil: count > 0
        }
        if copied == nil {
            for (index, byte) in text.utf8.enumerated() { target[index] = byte }
        }
        return amqp_bytes_t(len: count, bytes: target)
    }

    func bytes(_ array: [UInt8]) -> amqp_bytes_t {
        guard !array.isEmpty else { return amqp_bytes_t() }
        let target = allocate(UInt8.self, count: array.count)
        array.withUnsafeBufferPointer { target.update(from: $0.baseAddress!, count: array.count) }  // not empty
        return amqp_bytes_t(len: array.count, bytes: target)
    }
}

extension amqp_bytes_t {
    var buffer: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : len)
    }
}

extension String {
    /// Copies; what is not UTF-8 becomes U+FFFD.
    init(_ bytes: amqp_bytes_t) {
        self.init(decoding: bytes.buffer, as: UTF8.self)
    }
}
