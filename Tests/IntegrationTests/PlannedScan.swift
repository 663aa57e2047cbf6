import Foundation

/// One reading of one table in a plan of PostgreSQL.
struct PlannedScan: CustomStringConvertible {
    /// The table.
    let relation: String
    /// `Index Scan`, `Seq Scan`, `Bitmap Heap Scan` and so on.
    let kind: String
    /// Whether a condition on the index says which rows are read, or only the first one is; otherwise all are.
    let isByKey: Bool

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
        let children: [Node]?

        enum CodingKeys: String, CodingKey {
            case kind = "Node Type"
            case relation = "Relation Name"
            case indexCondition = "Index Cond"
            case filter = "Filter"
            case children = "Plans"
        }

        func scans(limited: Bool = false) -> [PlannedScan] {
            let below = (children ?? []).flatMap { $0.scans(limited: kind == "Limit") }
            // A change of a table is a node above the one that finds the rows.
            guard let relation, kind != "ModifyTable" else { return below }
            let isByKey = hasIndexCondition || (limited && filter == nil && kind.hasPrefix("Index"))
            return [PlannedScan(relation: relation, kind: kind, isByKey: isByKey)] + below
        }

        /// Its own, or that of the indexes whose bitmap it reads. A subquery of what it returns is below it too.
        private var hasIndexCondition: Bool {
            let bitmaps = (children ?? []).filter { $0.kind.hasPrefix("Bitmap") }
            return indexCondition != nil
                || (kind.hasPrefix("Bitmap") && bitmaps.allSatisfy(\.hasIndexCondition) && !bitmaps.isEmpty)
        }
    }
}
