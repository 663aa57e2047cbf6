/// A part of a mail that has a template.
enum TemplateKind: String, CaseIterable, Sendable {
    case subject = "subject.mustache"
    case text = "email.text.mustache"
    case html = "email.html.mustache"

    var destination: UserText.Destination {
        self == .html ? .html : .plain
    }

    var standard: String {
        switch self {
        case .subject: StandardTemplates.subject
        case .text: StandardTemplates.text
        case .html: StandardTemplates.html
        }
    }
}
