import Mustache
import RemindersWording

/// The templates of mails in all languages, parsed.
public struct EmailTemplates: Sendable {
    private let templates: [ReminderLocale: [TemplateKind: MustacheTemplate]]

    /// The templates that come with the program.
    public static let standard: EmailTemplates = {
        do throws(EmailTemplateError) {
            return try EmailTemplates(source: [:])
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    /// Templates of the operator, and the standard ones for those that aren't there.
    ///
    /// A directory has `subject.mustache`, `email.text.mustache` and `email.html.mustache`, for all languages, and
    /// folders `en`, `da`, `de` with the same for one language. They are Mustache with `{{name}}`, sections
    /// `{{#name}}`, `{{^name}}` and comments; `TemplateParser` lists the names in its errors.
    ///
    /// - Throws: `EmailTemplateError` with everything that is wrong.
    public init(directory: String) throws(EmailTemplateError) {
        self = try EmailTemplates(source: TemplateDirectory.read(directory))
    }

    /// - Parameter source: the text of files by their path within the directory.
    init(source: [String: String]) throws(EmailTemplateError) {
        var templates: [ReminderLocale: [TemplateKind: MustacheTemplate]] = [:]
        var problems: [EmailTemplateError.Problem] = []
        for kind in TemplateKind.allCases {
            let common = EmailTemplates.parse(
                source[kind.rawValue] ?? kind.standard, file: kind.rawValue, kind, &problems)
            for locale in ReminderLocale.allCases {
                let file = "\(locale.rawValue)/\(kind.rawValue)"
                templates[locale, default: [:]][kind] =
                    source[file].map { EmailTemplates.parse($0, file: file, kind, &problems) } ?? common
            }
        }
        guard problems.isEmpty else { throw EmailTemplateError(problems: problems) }
        self.templates = templates
    }

    private static func parse(
        _ text: String, file: String, _ kind: TemplateKind, _ problems: inout [EmailTemplateError.Problem]
    ) -> MustacheTemplate? {
        var parser = TemplateParser(file: file, kind: kind)
        let template = parser.parse(text)
        problems += parser.problems
        return template
    }

    /// The parts of a mail of this shape.
    func frames(for shape: TemplateShape) -> MailFrames? {
        guard let kinds = templates[shape.locale], let subject = kinds[.subject], let text = kinds[.text],
            let html = kinds[.html]
        else { return nil }
        return MailFrames(
            subject: TemplateFrame(subject, kind: .subject, shape: shape),
            text: TemplateFrame(text, kind: .text, shape: shape),
            html: TemplateFrame(html, kind: .html, shape: shape))
    }
}

/// The parts of a mail of one shape.
struct MailFrames: Sendable {
    let subject: TemplateFrame
    let text: TemplateFrame
    let html: TemplateFrame
}
