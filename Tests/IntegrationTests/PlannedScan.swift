import Foundation

/// One reading of one table in a plan of PostgreSQL.
struct PlannedScan: CustomStringConvertible {
    /// The table; of one of its partitions too.
    let relation: String
    /// The partition, or the table where it has none.
    let partition: String
    /// `Index Scan`, `Seq Scan`, `Bitmap Heap Scan` and so on.
    let kind: String
    /// Whether a condition on the index says which rows are read, or only the first one is; otherwise all are.
    let isByKey: Bool
    /// How often, with `ANALYZE`.
    let loops: Int?

    var description: String { "\(kind) on \(relation)\(isByKey ? "" : " without a condition")" }

    /// All of what `EXPLAIN (FORMAT JSON)` returned.
    static func all(inJSON text: String) throws -> [PlannedScan] {
        struct Explanation: Decodable {
            let plan: Node

            enum CodingKeys: String, CodingKey { case plan = "Plan" }
        }
        return try JSONDecoder().decode([Explanation].self, from: Data(text.utf8)).flatMap { $0.plan.scans() }
    }

    private struct Node: Decodable {
        let kind: String
        let relation: String?
        let indexCondition: String?
        let filter: String?
        let loops: Int?
        let children: [Node]?

        enum CodingKeys: String, CodingKey {
            case kind = "Node Type"
            case relation = "Relation Name"
            case indexCondition = "Index Cond"
            case filter = "Filter"
            case loops = "Actual Loops"
            case children = "Plans"
        }

        func scans(limited: Bool = false) -> [PlannedScan] {
            // Of several partitions the first rows of each are wanted.
            let isLimited = kind == "Limit" || (limited && kind == "Merge Append")
            let below = (children ?? []).flatMap { $0.scans(limited: isLimited) }
            // A change of a table is a node above the one that finds the rows.
            guard let relation, kind != "ModifyTable" else { return below }
            let isByKey = hasIndexCondition || (limited && filter == nil && kind.hasPrefix("Index"))
            let table = relation.replacing(/_([0-9]{4}w[0-9]{2}|before|kept)$/, with: "")
            return [PlannedScan(relation: table, partition: relation, kind: kind, isByKey: isByKey, loops: loops)]
                + below
        }

        /// Its own, or that of the indexes whose bitmap it reads. A subquery of what it returns is below it too.
        private var hasIndexCondition: Bool {
            let bitmaps = (children ?? []).filter { $0.kind.hasPrefix("Bitmap") }
            return indexCondition != nil
                || (kind.hasPrefix("Bitmap") && bitmaps.allSatisfy(\.hasIndexCondition) && !bitmaps.isEmpty)
        }
    }
}
