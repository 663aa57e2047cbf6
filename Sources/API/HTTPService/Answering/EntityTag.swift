import Crypto
import Hummingbird
import RemindersDomain
import RemindersTokens

/// The strong validator of a representation: a hash of its bytes (RFC 9110 §8.8.3).
public struct EntityTag: Hashable, Sendable {
    /// As it stands in `ETag`, with its quotes.
    public let text: String

    /// The tag of a body.
    public init(of body: some Sequence<UInt8>) {
        text = "\"\(Base64URL.text(SHA256.hash(data: Array(body)).prefix(12)))\""
    }

    /// Whether `If-None-Match` names this version, so that 304 is the answer to a GET. The comparison is weak.
    public func isKnown(to request: Request) -> Bool {
        Self.tags(request.headers[values: .ifNoneMatch]).contains {
            $0 == "*" || $0.hasSameBytes(as: text) || $0.hasSameBytes(as: "W/\(text)")
        }
    }

    /// Makes sure that a change is meant for this version.
    ///
    /// - Throws: `Problem`, 412, when `If-Match` is there and does not name it. Weak tags never do (RFC 9110 §13.1.1).
    public func requireMatch(_ request: Request) throws(Problem) {
        let wanted = request.headers[values: .ifMatch]
        guard !wanted.isEmpty else { return }
        guard Self.tags(wanted).contains(where: { $0 == "*" || $0.hasSameBytes(as: text) }) else {
            throw .preconditionFailed
        }
    }

    /// Tags of ours have no comma in them, so that splitting there misreads only what would not match anyway.
    private static func tags(_ values: [String]) -> [Substring] {
        values.flatMap { $0.split(separator: ",") }.map { tag in
            tag.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
        }
    }
}
