import Synchronization

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
