import Foundation

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
