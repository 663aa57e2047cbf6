import RemindersDomain

/// What the operator has set for whoever has said nothing: the language of messages, and where links to cases lead.
public struct TextDefaults: Sendable {
    /// What a link to a case begins with, if the case has no link of its own: `<base>/<entity type>/<id>`.
    public let caseBaseURL: WebLink?
    /// The language for recipients whose own is none of `ReminderLocale`.
    public let locale: ReminderLocale

    /// The usual: English, and links only where a case has its own.
    public init(caseBaseURL: WebLink? = nil, locale: ReminderLocale = .english) {
        self.caseBaseURL = caseBaseURL
        self.locale = locale
    }

    /// The language for a recipient whose own has this tag.
    package func locale(of tag: String) -> ReminderLocale { ReminderLocale(tag: tag) ?? locale }

    /// The link to a case, already checked; nil when there is none.
    package func link(to about: CaseSummary) -> String? {
        about.url ?? caseBaseURL.map { WebLink(toCase: about.reference, below: $0).text }
    }
}
