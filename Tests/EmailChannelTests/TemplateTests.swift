import Foundation
import RemindersDomain
import Testing

@testable import RemindersEmailChannel

@Suite("Templates") struct TemplateTests {
    private func problems(_ source: [String: String]) -> [String] {
        do throws(EmailTemplateError) {
            _ = try EmailTemplates(source: source)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("The standard templates have no unescaped value", arguments: TemplateKind.allCases)
    func standard(_ kind: TemplateKind) {
        #expect(!kind.standard.contains("{{{"))
        #expect(!kind.standard.contains("{{&"))
        #expect(problems([kind.rawValue: kind.standard]) == [])
    }

    @Test(
        "What a template must not have is refused, with file and line",
        arguments: [
            ("{{{title}}}", "values always stand escaped"), ("{{& title}}", "values always stand escaped"),
            ("{{>part}}", "partials"),
            ("{{<part}}{{/part}}", "partials"), ("{{$block}}x{{/block}}", "blocks"), ("{{=<% %>=}}", "delimiters"),
            ("{{% CONTENT_TYPE: TEXT}}", "pragmas"), ("{{titel}}", "{{titel}}, which is no name; there are title,"),
            ("{{uppercased(title)}}", "is no name"), ("{{#title}}", "a section isn't closed"),
            ("{{title", "without }}"),
            ("{{#title}}x{{/message}}", "a section is closed that isn't the last one opened"),
            ("{{ti tle}}", "is no name"),
            ("{{.}}", "is no name"), ("{{}}", "is no name"), ("{{word}}", "is no name"),
            ("{{title}x}}", "is no name"),
        ])
    func refused(_ text: String, _ problem: String) {
        let found = problems(["da/email.text.mustache": "first line\n\(text)\n"])
        #expect(found.count >= 1)
        #expect(found.first?.hasPrefix("da/email.text.mustache:") == true)
        #expect(found.first?.contains(problem) == true, "\(found)")
        if found.first?.contains("isn't closed") == false {
            #expect(found.first?.hasPrefix("da/email.text.mustache:2: ") == true, "\(found)")
        }
    }

    @Test("A template can't hold what stands for values in a frame")
    func noncharacter() {
        let found = problems(["subject.mustache": "a\(TemplateSlot.title.placeholder)b"])
        #expect(found.count == 1)
        #expect(found.first?.contains("noncharacter") == true)
    }

    @Test("All problems are reported at once")
    func allAtOnce() {
        #expect(problems(["subject.mustache": "{{a}} {{{b}}}", "de/email.html.mustache": "{{c}}"]).count == 3)
    }

    @Test("A template of the operator takes the place of the standard one, for one language or for all")
    func overriding() throws {
        let templates = try EmailTemplates(source: [
            "subject.mustache": "All: {{title}}\n{{! a comment }}",
            "da/subject.mustache": "{{#high}}!{{/high}} {{title}} <{{name}}>",
            "email.text.mustache": "{{#message}}{{.}}{{/message}}{{^message}}none{{/message}}".replacing(
                "{{.}}", with: "{{message}}"),
        ])
        let channel = try EmailChannel.make(templates: templates)
        let danish = try channel.mail {
            $0.title = "T"
            $0.name = "Anna"
            $0.priority = .high
        }
        #expect(String(mail: danish).contains("\r\nSubject: ! T <Anna>\r\n"))
        #expect(try textPart(danish) == "Ring til kunden, og spørg, om alt virker.\nHusk at notere det på sagen.")
        let english = try channel.mail {
            $0.locale = "en"
            $0.title = "T"
            $0.message = nil
        }
        #expect(String(mail: english).contains("\r\nSubject: All: T\r\n"))
        #expect(try textPart(english) == "none")
        #expect(try htmlPart(english).contains("<h1"))
    }

    @Test("A directory is read, and what nobody asks for in it is refused")
    func directory() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("templates-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("da"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: directory.appendingPathComponent(name))
        }
        try write("S: {{title}}", "da/subject.mustache")
        try write("not ours", "README.md")
        let channel = try EmailChannel.make(templates: EmailTemplates(directory: directory.path))
        #expect(String(mail: try channel.mail { $0.title = "T" }).contains("\r\nSubject: S: T\r\n"))

        try write("x", "email.txt.mustache")
        try write("{{oops}}", "subject.mustache")
        try Data([0xFF]).write(to: directory.appendingPathComponent("email.html.mustache"))
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("xx"), withIntermediateDirectories: true)
        let error = #expect(throws: EmailTemplateError.self) { try EmailTemplates(directory: directory.path) }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("email.txt.mustache: is no template; there are subject.mustache"))
        #expect(text.contains("xx: is no language; there are en, da, de"))
        #expect(text.contains("email.html.mustache: isn't UTF-8"))
    }

    @Test("Each trigger is a condition", arguments: Trigger.allCases)
    func triggers(trigger: Trigger) throws {
        let text = Trigger.allCases.map { "{{#\($0.rawValue)}}<\($0.rawValue)>{{/\($0.rawValue)}}" }.joined()
        let channel = try EmailChannel.make(templates: EmailTemplates(source: ["subject.mustache": text]))
        let mail = String(mail: try channel.mail { $0.trigger = trigger })
        #expect(mail.contains("\r\nSubject: <\(trigger.rawValue)>\r\n"), "\(mail)")
    }

    @Test("A directory that isn't there is refused")
    func missingDirectory() {
        let error = #expect(throws: EmailTemplateError.self) { try EmailTemplates(directory: "/nonexistent/templates") }
        #expect(error?.problems.count == 1)
    }

    @Test("Frames are made once for a shape, and their number is bounded")
    func cache() throws {
        let cache = FrameCache(.standard)
        for bits in 0..<(FrameCache.most * 3) {
            var shape = TemplateShape(locale: .danish, priority: .normal, trigger: .timeBased)
            for slot in TemplateSlot.allCases where bits & 1 << Int(slot.rawValue) != 0 { shape.insert(slot) }
            #expect(cache.frames(for: shape) != nil)
            #expect(cache.count <= FrameCache.most)
        }
    }
}
