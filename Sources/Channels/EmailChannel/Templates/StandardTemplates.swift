import RemindersWording

/// The templates of a mail when the operator has none of their own. The words come from `ReminderWords`.
enum StandardTemplates {
    static let subject = """
        {{#urgent}}[{{word.urgent}}] {{/urgent}}{{#high}}[{{word.important}}] {{/high}}{{heading}}: {{title}}

        """

    static let text = """
        {{heading}}

        {{title}}

        {{#message}}
        {{message}}

        {{/message}}
        {{case}}{{#case_title}}: {{case_title}}{{/case_title}}
        {{#new_status}}
        {{word.status}}: {{#old_status}}{{old_status}} → {{/old_status}}{{new_status}}
        {{/new_status}}
        {{^new_status}}
        {{#status}}
        {{word.status}}: {{status}}
        {{/status}}
        {{/new_status}}
        {{word.due}}: {{due}} ({{zone}})
        {{word.priority}}: {{priority}}
        {{#creator}}
        {{word.creator}}: {{creator}}
        {{/creator}}
        {{#url}}

        {{word.open}}: {{url}}
        {{/url}}

        --\u{20}
        {{word.footer}}

        """

    /// What a page of mail begins with, up to the `div` that holds what it says.
    static func beginning(language: String, title: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="\(language)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <meta name="color-scheme" content="light dark">
        <title>\(title)</title>
        </head>
        <body style="margin:0;padding:16px;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.5">
        <div style="max-width:560px;margin:0 auto">
        """
    }

    static let html = """
        \(beginning(language: "{{language}}", title: "{{heading}}"))
        <p style="margin:0;font-size:13px;opacity:.7">{{heading}}{{#urgent}} · {{word.urgent}}{{/urgent}}{{#high}} ·\u{20}
        {{word.important}}{{/high}}</p>
        <h1 style="margin:4px 0 16px;font-size:20px" dir="auto">{{title}}</h1>
        {{#message}}
        <p style="margin:0 0 16px" dir="auto">{{message}}</p>
        {{/message}}
        <p style="margin:0 0 16px" dir="auto"><b>{{case}}</b>{{#case_title}}: {{case_title}}{{/case_title}}</p>
        <p style="margin:0 0 16px;font-size:14px">
        {{#new_status}}
        {{word.status}}: {{#old_status}}<bdi>{{old_status}}</bdi> → {{/old_status}}<bdi>{{new_status}}</bdi><br>
        {{/new_status}}
        {{^new_status}}
        {{#status}}
        {{word.status}}: <bdi>{{status}}</bdi><br>
        {{/status}}
        {{/new_status}}
        {{word.due}}: {{due}} ({{zone}})<br>
        {{word.priority}}: {{priority}}
        {{#creator}}
        <br>{{word.creator}}: <bdi>{{creator}}</bdi>
        {{/creator}}
        </p>
        {{#url}}
        <p style="margin:0 0 16px"><a href="{{url}}">{{word.open}}: {{case}}</a></p>
        {{/url}}
        <p style="margin:24px 0 0;font-size:12px;opacity:.7">{{word.footer}}</p>
        </div>
        </body>
        </html>

        """
}
