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
