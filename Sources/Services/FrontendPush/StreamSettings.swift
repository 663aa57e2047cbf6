import RemindersHTTPService
import RemindersPopupStream
import RemindersServiceKit
import RemindersServices
import RemindersSettingsKit

/// The settings of frontend-push beside those of every sender.
struct StreamSettings {
    /// How the server is set up.
    var server = HTTPServerConfiguration()
    /// How many streams there may be.
    var limits = PopupHub.Limits()
    /// How tokens are checked.
    let tokens: TokenChecks

    /// Reads them.
    init(reading settings: inout SettingsReader) {
        server.host = settings.string(
            "REMINDERS_FRONTEND_HOST", default: "127.0.0.1", doc: "The address the streams are served on.")
        server.port = settings.integer(
            "REMINDERS_FRONTEND_PORT", flag: "port", default: 8001, in: 1...65535,
            doc: "The port the streams are served on.")
        server.allowedOrigins = settings.origins(
            "REMINDERS_API_ALLOWED_ORIGINS", allowsAll: true,
            doc: "Origins whose pages may open streams, such as https://app.example.org; * for all.")
        let api = settings.string(
            "REMINDERS_API_URL", default: "",
            doc: "Where browsers reach the API, so that its pages may open streams here. Empty: nowhere.")
        if let origin = SettingsReader.origin(ofURL: api) {
            server.allowedOrigins.append(origin)
        } else if !api.isEmpty {
            settings.refuse("REMINDERS_API_URL", "is no URL that starts with https:// or http://")
        }
        limits.total = settings.integer(
            "REMINDERS_STREAMS", default: 20_000, in: 1...200_000, doc: "The most streams at a time.")
        limits.perUser = settings.integer(
            "REMINDERS_STREAMS_PER_USER", default: 20, in: 1...1_000,
            doc: "The most streams of one person at a time. The browser's tabs share one.")
        server.idleTimeout = .seconds(120)
        tokens = TokenChecks(reading: &settings)
    }
}
