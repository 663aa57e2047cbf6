import Mustache
import RemindersWording

/// Turns the text of a template into one that can be rendered, and refuses what a mail must not have: unescaped
/// values, names that don't exist, and tags that a frame can't be made of.
struct TemplateParser {
    let file: String
    let kind: TemplateKind
    private(set) var problems: [EmailTemplateError.Problem] = []

    init(file: String, kind: TemplateKind) {
        self.file = file
        self.kind = kind
    }

    /// The template, or nil with at least one problem noted.
    mutating func parse(_ text: String) -> MustacheTemplate? {
        checkTags(of: text)
        if text.unicodeScalars.contains(where: { (0xFDD0...0xFDEF).contains($0.value) }) {
            note(nil, "has a noncharacter (U+FDD0–U+FDEF), which no text may have")
        }
        guard problems.isEmpty else { return nil }
        // swift-mustache escapes for HTML unless told otherwise.
        let preamble = kind.destination == .html ? "" : "{{% CONTENT_TYPE: TEXT}}\n"
        do {
            return try MustacheTemplate(string: preamble + text)
        } catch let error as MustacheTemplate.ParserError {
            let line = error.context.lineNumber - (preamble.isEmpty ? 0 : 1)
            note(line, "does not parse: \(TemplateParser.words(for: error.error))")
        } catch {
            note(nil, "does not parse: \(error)")
        }
        return nil
    }

    private mutating func note(_ line: Int?, _ problem: String) {
        problems.append(.init(file: file, line: line, problem: problem))
    }

    private mutating func checkTags(of text: String) {
        var rest = text[...]
        var line = 1
        while let open = rest.firstRange(of: "{{") {
            line += rest[..<open.lowerBound].count(where: \.isNewline)
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}") else {
                note(line, "has a {{ without }}")
                return
            }
            let tag = rest[..<close.lowerBound]
            check(tag, line)
            line += tag.count(where: \.isNewline)
            rest = rest[close.upperBound...]
        }
    }

    private mutating func check(_ tag: Substring, _ line: Int) {
        switch tag.first {
        case "!": return
        case "{", "&":
            note(line, "has {{\(tag)}}: values always stand escaped, write {{name}}")
        case ">", "<", "$", "=", "%", "*":
            note(line, "has {{\(tag)}}: partials, blocks, other delimiters and pragmas aren't supported")
        case "#", "^", "/": checkName(tag.dropFirst(), line)
        default: checkName(tag, line)
        }
    }

    private mutating func checkName(_ tag: Substring, _ line: Int) {
        let name = String(tag.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
        guard !TemplateParser.names.contains(name) else { return }
        note(line, "has {{\(name)}}, which is no name; there are \(TemplateParser.names.joined(separator: ", "))")
    }

    private static func words(for error: any Error) -> String {
        switch error as? MustacheTemplate.Error {
        case .sectionCloseNameIncorrect: "a section is closed that isn't the last one opened"
        case .unfinishedName: "a tag is malformed"
        case .expectedSectionEnd: "a section isn't closed"
        default: "\(error)"
        }
    }

    /// All names a template may use.
    static let names: [String] =
        TemplateSlot.allCases.map(\.key)
        + TemplateConstant.names
        + ReminderWords[.english].byName.keys.sorted().map { "word." + $0 }
}
