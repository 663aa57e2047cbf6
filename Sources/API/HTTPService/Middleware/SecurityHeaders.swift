import Hummingbird

extension HTTPFields {
    /// What every answer says about itself, unless it says otherwise already.
    mutating func addSecurity() {
        if self[.contentSecurityPolicy] == nil {
            self[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        self[.xContentTypeOptions] = "nosniff"
        self[.referrerPolicy] = "no-referrer"
    }
}

extension HeaderName {
    static let referrerPolicy = HeaderName("Referrer-Policy").unsafelyUnwrapped
}

/// The Content-Security-Policy of the pages: scripts, styles and images of their own, and calls to where they must.
struct PagePolicy: Sendable {
    let text: String

    /// - Parameter connectOrigins: origins that pages may call beside their own.
    init(connectOrigins: [String]) {
        let connect = (["'self'"] + connectOrigins).joined(separator: " ")
        text =
            "default-src 'self'; require-trusted-types-for 'script'; connect-src \(connect); frame-ancestors 'none'; "
            + "base-uri 'none'; form-action 'self'"
    }
}
