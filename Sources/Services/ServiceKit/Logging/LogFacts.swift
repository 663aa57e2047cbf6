import Logging

/// The facts of a line: metadata of all sources, nested dictionaries flattened to dotted keys, in order of their keys.
struct LogFacts {
    /// A value that stands behind one key.
    enum Value {
        case text(String)
        /// A number or a truth value, as JSON writes it.
        case literal(String)
        case list([Value])
    }

    private var values: [String: Value] = [:]

    /// Adds facts; one whose key is there already takes its place.
    mutating func add(_ metadata: Logger.Metadata) {
        for (key, value) in metadata { add(key, value) }
    }

    private mutating func add(_ key: String, _ value: Logger.MetadataValue) {
        switch value {
        case .dictionary(let inner):
            for (name, value) in inner { add(key + "." + name, value) }
        default:
            values[key] = Self.value(value)
        }
    }

    private static func value(_ value: Logger.MetadataValue) -> Value {
        switch value {
        case .string(let text): .text(text)
        case .stringConvertible(let number as any BinaryInteger): .literal(number.description)
        case .stringConvertible(let number as Double) where number.isFinite: .literal(number.description)
        case .stringConvertible(let truth as Bool): .literal(truth.description)
        case .stringConvertible(let other): .text(other.description)
        case .array(let items): .list(items.map(Self.value))
        case .dictionary: .text(value.description)
        }
    }

    /// Takes out one fact.
    mutating func take(_ key: String) -> Value? {
        values.removeValue(forKey: key)
    }

    /// The facts in order.
    var sorted: [(key: String, value: Value)] {
        values.sorted { $0.key < $1.key }
    }
}
