import Foundation

/// A time zone of the IANA database, such as `Europe/Copenhagen`. Make it with `ZoneCatalog`.
///
/// Offsets come from Foundation, that is from ICU's copy of the database.
public struct IANAZone: Sendable {
    /// The name as it was given, so that PostgreSQL and clients read the same.
    public let identifier: String
    private let timeZone: TimeZone

    /// Coordinated Universal Time.
    public static let utc = IANAZone(identifier: "UTC", timeZone: .gmt)

    /// The zone with this name.
    ///
    /// - Throws: `IANAZoneError` with what to write instead.
    public init(validating identifier: String) throws(IANAZoneError) {
        self = try IANAZone.validate(identifier)
    }

    private init(identifier: String, timeZone: TimeZone) {
        self.identifier = identifier
        self.timeZone = timeZone
    }

    /// Looks a name up without the cache of `ZoneCatalog`.
    ///
    /// Deprecated names of the database (`Asia/Calcutta`, `US/Pacific`) are accepted. Refused are fixed offsets, which
    /// aren't places and know no summer time, and the three-letter names that only ICU knows (`PST`, `JST`).
    ///
    /// - Throws: `IANAZoneError` with what to write instead.
    public static func validate(_ identifier: String) throws(IANAZoneError) -> IANAZone {
        if identifier == "UTC" { return .utc }
        guard identifier.utf8.count <= IANAZoneName.longest, IANAZoneName.isWellFormed(identifier),
            let timeZone = TimeZone(identifier: identifier), timeZone.identifier == identifier
        else { throw IANAZoneError(identifier: identifier) }
        return IANAZone(identifier: identifier, timeZone: timeZone)
    }

    /// Seconds east of Greenwich at a moment.
    public func offset(at instant: Instant) -> Int {
        timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.seconds)))
    }
}

extension IANAZone: Hashable {
    /// Zones are equal when they have the same name.
    public static func == (left: IANAZone, right: IANAZone) -> Bool {
        left.identifier == right.identifier
    }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(identifier)
    }
}
