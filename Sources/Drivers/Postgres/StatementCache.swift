/// What is prepared on one connection.
struct StatementCache {
    /// A statement is prepared for the types of its parameters: the same text with others is another one.
    struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    /// Texts are constants of the program; more than this many come from somewhere else, and are not kept.
    static let capacity = 500

    private var names: [Key: String] = [:]
    private var made = 0

    func name(of key: Key) -> String? {
        names[key]
    }

    var isFull: Bool { names.count >= Self.capacity }

    /// A name never used before on this connection, so that a forgotten statement can't be mistaken for a new one.
    mutating func newName() -> String {
        made += 1
        return "s\(made)"
    }

    mutating func prepared(_ key: Key, as name: String) {
        names[key] = name
    }

    mutating func forgetAll() {
        names = [:]
    }
}
