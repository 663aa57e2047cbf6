import Foundation
import Synchronization

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

/// A name that isn't in the IANA time zone database.
public struct IANAZoneError: Error, Hashable, Sendable {
    /// What was given, cut off after 64 characters.
    public let identifier: String
    /// What was probably meant, if there is such a name.
    public let suggestion: String?

    init(identifier: String) {
        self.identifier = String(identifier.prefix(IANAZoneName.longest))
        suggestion = IANAZoneError.suggestion(for: self.identifier)
    }

    /// Finds the name in another case, or the city without its continent.
    private static func suggestion(for identifier: String) -> String? {
        let wanted = identifier.trimmingCharacters(in: .whitespaces).lowercased().replacing(" ", with: "_")
        guard wanted.utf8.count > 2 else { return nil }
        return TimeZone.knownTimeZoneIdentifiers.first { known in
            let name = known.lowercased()
            return name == wanted || name.hasSuffix("/" + wanted)
        }
    }
}

extension IANAZoneError: CustomStringConvertible {
    /// What is wrong and what to write instead.
    public var description: String {
        let quoted = identifier.debugDescription
        if let suggestion { return "\(quoted) is no IANA time zone: did you mean \"\(suggestion)\"?" }
        return "\(quoted) is no IANA time zone: give a name such as \"Europe/Copenhagen\" or \"UTC\", not an offset"
    }
}

/// Which names are names of the IANA time zone database, and not of ICU or of nobody.
public enum IANAZoneName {
    /// The longest name in the database has 32 bytes (`America/Argentina/ComodRivadavia`).
    static let longest = 64

    /// Names of places have a slash; the others are these.
    ///
    /// From `tzdata.zi` 2025b, without `Factory` and the fixed offsets `GMT+0` and `GMT-0`.
    private static let withoutSlash: Set<String> = [
        "CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "GB", "GB-Eire", "GMT", "GMT0",
        "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein", "Libya", "MET",
        "MST", "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT", "Poland", "Portugal", "ROC", "ROK",
        "Singapore", "Turkey", "UCT", "UTC", "Universal", "W-SU", "WET", "Zulu",
    ]

    /// Whether it has only letters, digits and what stands between them in names of zones.
    public static func hasItsCharacters(_ name: String) -> Bool {
        name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "+"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    static func isWellFormed(_ name: String) -> Bool {
        guard hasItsCharacters(name) else { return false }
        guard let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")) else { return withoutSlash.contains(name) }
        switch name[..<slash] {
        case "SystemV": return false
        case "Etc": return name != "Etc/Unknown"
        default: return true
        }
    }
}

/// Zones by name, each looked up once.
///
/// Checking a name costs more than a microsecond; the scheduler and the rate-limiter do it for every row.
public final class ZoneCatalog: Sendable {
    /// The catalogue of this process. Zones are immutable, so sharing it changes nothing but the time it takes.
    public static let shared = ZoneCatalog()

    private let zones = Mutex<[String: IANAZone]>([:])
    /// There are about 600 names, so more entries can't be valid ones.
    private static let capacity = 1_024

    /// An empty catalogue.
    public init() {}

    /// The zone with this name.
    ///
    /// - Throws: `IANAZoneError`, which isn't cached.
    public func zone(_ identifier: String) throws(IANAZoneError) -> IANAZone {
        if let known = zones.withLock({ $0[identifier] }) { return known }
        let zone = try IANAZone.validate(identifier)
        zones.withLock {
            if $0.count < ZoneCatalog.capacity { $0[identifier] = zone }
        }
        return zone
    }
}
