extension Duration {
    /// `1 d 2 h`, `5 min 3 s`, `0 s`: the two largest units.
    public var words: String {
        var rest = wholeMicroseconds / 1_000_000
        var parts: [String] = []
        for (unit, seconds) in [("d", Int64(86_400)), ("h", 3_600), ("min", 60), ("s", 1)] {
            let count = rest / seconds
            rest %= seconds
            if count > 0 { parts.append("\(count) \(unit)") }
        }
        return parts.isEmpty ? "0 s" : parts.prefix(2).joined(separator: " ")
    }
}
