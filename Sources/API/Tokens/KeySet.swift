import RemindersContracts
import RemindersDomain

/// The public keys of an issuer: a JWKS (RFC 7517 §5).
struct KeySet: Sendable {
    private var byIdentifier: [OpaqueID: VerificationKey] = [:]
    private var withoutIdentifier: [VerificationKey] = []
    /// The bytes it was read from, to see whether it has changed.
    let source: [UInt8]

    /// How many keys tokens can be signed with.
    var count: Int { byIdentifier.count + withoutIdentifier.count }

    /// Reads a set. Keys that are of no use here are left out; of two with the same `kid` the first counts.
    ///
    /// - Throws: `KeySetError` when it is none, or without any key of use.
    init(_ bytes: [UInt8]) async throws(KeySetError) {
        source = bytes
        guard let value = try? JSONValue(parsing: bytes, sizeLimit: KeySetError.largest),
            case .array(let keys) = value["keys"]
        else { throw .notAKeySet }
        for key in keys {
            guard let usable = await VerificationKey.published(key) else { continue }
            if let identifier = key["kid"]?.text.map({ OpaqueID($0) }) {
                if byIdentifier[identifier] == nil { byIdentifier[identifier] = usable }
            } else {
                withoutIdentifier.append(usable)
            }
        }
        guard count > 0 else { throw .noUsableKey }
    }

    /// The key a token names. Without `kid` there has to be exactly one key of its algorithm.
    func key(_ identifier: String?, algorithm: String) -> VerificationKey? {
        if let identifier { return byIdentifier[OpaqueID(identifier)] }
        let candidates = (withoutIdentifier + byIdentifier.values).filter { $0.algorithm == algorithm }
        return candidates.count == 1 ? candidates.first : nil
    }
}

/// Why the keys of the issuer could not be read.
public enum KeySetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No answer, or another than 200; the text says which.
    case notFetched(String)
    /// The file cannot be read; the text says why.
    case unreadable(String)
    /// No JSON object with an array `keys`.
    case notAKeySet
    /// No key for RS256 (2048 bits or more) or ES256 among them.
    case noUsableKey

    /// The most bytes of a set.
    static let largest = 1 << 20

    /// What is wrong.
    public var description: String {
        switch self {
        case .notFetched(let reply): "the key set could not be fetched: \(reply)"
        case .unreadable(let reason): "the key set could not be read: \(reason)"
        case .notAKeySet: "it is no key set (RFC 7517), or larger than 1 MiB"
        case .noUsableKey: "it has no public key for RS256 (of at least 2048 bits) or ES256"
        }
    }
}
