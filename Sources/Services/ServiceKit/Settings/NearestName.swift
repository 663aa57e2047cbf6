/// Finds what somebody probably meant.
public enum NearestName {
    /// The candidate with the fewest slips between it and `name`, or nil if none is near.
    public static func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(1, min(4, name.count / 4))
        var best: (distance: Int, name: String)?
        for candidate in candidates where abs(candidate.count - name.count) <= limit {
            let distance = distance(name, candidate)
            guard distance <= limit else { continue }
            if let best, (best.distance, best.name) <= (distance, candidate) { continue }
            best = (distance, candidate)
        }
        return best?.name
    }

    /// How many insertions, deletions, substitutions and swaps of neighbours lie between two words (optimal string
    /// alignment, a form of the Damerau-Levenshtein distance).
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let isSame = left[row] == right[column]
                var cost = min(last[column] + (isSame ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
