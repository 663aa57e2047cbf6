import RemindersContracts
import RemindersDomain
import RemindersHTTPService

/// `trigger_config`: what it may hold depends on what makes the reminder fire; `TriggerConfiguration` knows.
enum TriggerSettings {
    /// Reads the settings of a trigger. A member with `null` counts as not given.
    ///
    /// - Returns: the settings as JSON for the database.
    static func read(_ fields: inout ObjectReader, of trigger: Trigger) -> String {
        guard let value = fields.value("trigger_config"), value != .null else { return "{}" }
        guard case .object(let all) = value else {
            return fields.wrong("trigger_config", "must be an object, and is \(value.kind)") ?? "{}"
        }
        let members = all.filter { $0.value != .null }
        do {
            _ = try TriggerConfiguration(trigger, members.map { ($0.name, TriggerConfiguration.Value($0.value)) })
        } catch {
            for problem in error.all {
                let place = problem.field.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") } ?? ""
                fields.note("trigger_config\(place)", "\(problem.problem); \(problem.fix)")
            }
        }
        for member in members where member.value.text?.utf8.contains(0) == true {
            fields.note("trigger_config/\(member.name)", "must not contain U+0000")
        }
        return String(decoding: JSONValue.object(members).bytes, as: UTF8.self)
    }
}

extension TriggerConfiguration.Value {
    fileprivate init(_ value: JSONValue) {
        switch value {
        case .number(let digits): self = .number(digits)
        case .string(let text): self = .text(text)
        case .object, .array, .boolean, .null: self = .other
        }
    }
}
