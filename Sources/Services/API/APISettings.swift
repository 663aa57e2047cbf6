import Foundation
import RemindersContracts
import RemindersDomain
import RemindersGround
import RemindersHTTPService
import RemindersServiceKit
import RemindersServices
import RemindersSettingsKit
import RemindersStore

/// The settings of the API beside those of every service.
struct APISettings {
    /// How the server is set up.
    var server = HTTPServerConfiguration()
    /// How many reminders one person may create.
    var quota = CreationQuota()
    /// Whom people may have reminded.
    var policy = NotifyingPolicy()
    /// How tokens are checked.
    let tokens: TokenChecks
    /// Where browsers reach frontend-push; nil when they do not.
    private var frontendURL: String?
    /// The folder of the pages.
    let webRoot: String
    /// People of the demo with their tokens; nil without a demo.
    private var demo: [UInt8]?

    init(reading settings: inout SettingsReader) {
        server.host = settings.string(
            "REMINDERS_API_HOST", default: "127.0.0.1", doc: "The address the API listens on.")
        server.port = settings.integer(
            "REMINDERS_API_PORT", flag: "port", default: 8000, in: 1...65535, doc: "The port the API listens on.")
        server.allowedOrigins = settings.origins(
            "REMINDERS_API_ALLOWED_ORIGINS", allowsAll: true,
            doc: "Origins whose pages may call the API, such as https://app.example.org; * for all.")
        server.bodyLimit = settings.integer(
            "REMINDERS_API_BODY_LIMIT", default: 65_536, in: 1_024...1_048_576,
            doc: "The most bytes of a request's body.")
        server.connectionLimit = settings.integer(
            "REMINDERS_API_CONNECTIONS", default: 1_000, in: 1...100_000,
            doc: "The most connections at a time. More wait to be accepted.")
        server.rate.burst = settings.integer(
            "REMINDERS_API_RATE_BURST", default: 6_000, in: 1...10_000_000,
            doc: "How many requests one user may send at once.")
        server.rate.perSecond = settings.integer(
            "REMINDERS_API_RATE_PER_SECOND", default: 100, in: 1...1_000_000,
            doc: "How many requests a second one user may send for ever.")
        quota.perMinute = settings.integer(
            "REMINDERS_CREATED_PER_MINUTE", default: 120, in: 0...1_000_000,
            doc: "How many reminders one person may create in a minute; 0 for any number.")
        quota.perDay = settings.integer(
            "REMINDERS_CREATED_PER_DAY", default: 5_000, in: 0...100_000_000,
            doc: "How many reminders one person may create in a day (UTC); 0 for any number.")
        quota.active = settings.integer(
            "REMINDERS_ACTIVE_PER_PERSON", default: 10_000, in: 0...100_000_000,
            doc: "How many reminders of one person may still fire, for them to create another; 0 for any number.")
        policy.whom = settings.choice(
            "REMINDERS_NOTIFY_WHOM", default: .anyone,
            doc: "Whom people may have reminded: anyone, or oneself, so that only services remind others.")
        let domains = settings.list(
            "REMINDERS_ADDRESS_DOMAINS", default: ["*"],
            doc: "What may stand behind the @ of addresses that people give, such as example.org; * for anything.")
        if domains != ["*"] {
            for domain in domains where (try? MailAddress("a@\(domain)")) == nil {
                settings.refuse(
                    "REMINDERS_ADDRESS_DOMAINS", "has something that is no domain; give names such as example.org")
            }
            policy.domains = Set(domains.map { $0.lowercased() })
        }
        let frontend = settings.string(
            "REMINDERS_FRONTEND_URL", default: "",
            doc: "Where browsers reach frontend-push, so that the API's own pages may call it. Empty: nowhere.")
        if let origin = SettingsReader.origin(ofURL: frontend) {
            server.connectOrigins = [origin]
            frontendURL = frontend.hasSuffix("/") ? String(frontend.dropLast()) : frontend
        } else if !frontend.isEmpty {
            settings.refuse("REMINDERS_FRONTEND_URL", "is no URL that starts with https:// or http://")
        }
        let root = settings.string(
            "REMINDERS_WEB_ROOT", default: "", doc: "The folder of the pages. Empty: those that came with the program.")
        webRoot = root.isEmpty ? Self.ownPages : root
        tokens = TokenChecks(reading: &settings)
        readDemo(&settings)
    }

    /// The demo's pages know people's tokens: they are for whoever sits at this machine, and for nobody else.
    private mutating func readDemo(_ settings: inout SettingsReader) {
        let file = settings.string(
            "REMINDERS_DEMO_FILE", default: "",
            doc: "People of the demo with their tokens, given to pages on this machine only. Empty: no demo.")
        guard !file.isEmpty else { return }
        guard LoopbackHost.includes(server.host) else {
            return settings.refuse(
                "REMINDERS_DEMO_FILE", "tokens are given away only where REMINDERS_API_HOST is loopback")
        }
        guard let content = FileManager.default.contents(atPath: file), let value = try? JSONValue(parsing: content)
        else {
            return settings.refuse("REMINDERS_DEMO_FILE", "there is no JSON at \(file)")
        }
        demo = Array(content)
        if let catcher = value["catcher"]?.text, let origin = SettingsReader.origin(ofURL: catcher) {
            server.connectOrigins.append(origin)
        }
    }

    /// The pages, read before anything is started: a folder that is not there is a wrong setting.
    func readPages(_ settings: inout SettingsReader) -> StaticFiles? {
        do {
            var pages = try StaticFiles(root: webRoot, connectOrigins: server.connectOrigins)
            pages.add("/config.json", json: pageConfiguration)
            if let demo { pages.add("/demo.json", json: demo, isForThisMachine: true) }
            return pages
        } catch {
            settings.refuse("REMINDERS_WEB_ROOT", "\(error)")
            return nil
        }
    }

    /// What the pages have to know of this installation.
    private var pageConfiguration: [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.write("api", "/api/v1")
        writer.write("stream", orNull: frontendURL.map { "\($0)/api/v1/reminders/stream" })
        writer.endObject()
        return writer.bytes
    }

    /// Beside the program, where the build puts them. `Bundle.module` would end the process if they were not there.
    private static var ownPages: String {
        Bundle.main.bundleURL.appending(path: "reminders_RemindersAPI.resources/Resources").path()
    }
}
