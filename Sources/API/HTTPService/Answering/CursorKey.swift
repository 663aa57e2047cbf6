import Crypto
import RemindersTokens

/// Makes and reads the cursors of lists: the sort keys of the last item on a page, signed, so that a cursor is only
/// ever what this service gave out, and can change its shape without anybody having relied on it.
public struct CursorKey: Sendable {
    private let key: SymmetricKey
    private static let tagBytes = 12

    /// A key that every instance of the service derives from the same secret.
    public init(derivedFrom secret: String) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(secret.utf8)), info: Array("reminders cursor 1".utf8),
            outputByteCount: 32)
    }

    /// A key that ends with the process.
    public static let ofThisProcess = CursorKey(key: SymmetricKey(size: .bits256))

    private init(key: SymmetricKey) {
        self.key = key
    }

    /// The cursor behind an item.
    ///
    /// - Parameters:
    ///   - numbers: its sort keys, 1 to 8; times are microseconds.
    ///   - list: the list's name.
    public func cursor(_ numbers: [Int64], of list: String) -> String {
        var bytes: [UInt8] = []
        for number in numbers {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
            }
        }
        return Base64URL.text(bytes + tag(bytes, list))
    }

    /// The numbers in a cursor; nil when it is none of this list.
    public func numbers(in cursor: String, of list: String, count: Int) -> [Int64]? {
        guard let bytes = Base64URL.bytes(cursor), bytes.count == count * 8 + Self.tagBytes else { return nil }
        let content = Array(bytes.dropLast(Self.tagBytes))
        // Compared in constant time: the tag is a secret until it was given out.
        let difference = zip(tag(content, list), bytes.suffix(Self.tagBytes)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0 else { return nil }
        return stride(from: 0, to: content.count, by: 8).map { start in
            content[start..<start + 8].reduce(0) { number, byte in number << 8 | Int64(byte) }
        }
    }

    private func tag(_ content: [UInt8], _ list: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: content + Array(list.utf8), using: key).prefix(Self.tagBytes))
    }
}
