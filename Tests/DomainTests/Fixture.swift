import Foundation
import RemindersDomain
import Testing

/// Reads a file of `Fixtures`, which lies beside this one.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static func decode<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
    }
}

/// The instant of an RFC 3339 text that is right.
func instant(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> Instant {
    try #require(Instant(rfc3339: text), sourceLocation: location)
}

/// The local time of an ISO 8601 text that is right.
func local(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> LocalDateTime {
    try #require(LocalDateTime(iso8601: text), sourceLocation: location)
}

/// The time of day of a text that is right.
func time(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> LocalTime {
    try #require(LocalTime(text), sourceLocation: location)
}

/// The zone in which most examples play.
func copenhagen() throws -> IANAZone {
    try ZoneCatalog.shared.zone("Europe/Copenhagen")
}
