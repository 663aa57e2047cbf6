import ArgumentParser
import Foundation
import RemindersContracts
import RemindersDomain
import RemindersGround
import RemindersServiceKit
import RemindersTokens

/// `reminders token`
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a token for trying the API.",
        discussion: """
            It is signed with REMINDERS_JWT_SECRET, and is all that is printed.

            Examples:
              curl -H "Authorization: Bearer $(reminders token --user 1)" $REMINDERS_API_URL/api/v1/sag/123/reminders
              reminders token --user operations --scope admin --expires 15m
            """)

    @Option(help: "Whose: the id of a user, sub of the token.") var user: String
    @Option(help: "admin (everything) or service (all reminders, cases and people). May be repeated.")
    var scope: [Scope] = []
    @Option(help: "How long it is good, such as 15m, 12h or 30d.") var expires = "12h"

    func run() async throws {
        guard let lifetime = DurationText.duration(expires, plainUnit: .seconds), lifetime >= .seconds(1) else {
            throw ValidationError("--expires \(expires): give a length of time such as 15m, 12h or 30d")
        }
        var settings = SettingsReader(service: "reminders", arguments: ["reminders"])
        let secret = settings.secret(
            "REMINDERS_JWT_SECRET", default: Secret(""),
            doc: "The secret that tokens are signed with, of at least 32 bytes.")
        let issuer = settings.string("REMINDERS_JWT_ISSUER", default: "", doc: "The claim iss.")
        let audience = settings.string("REMINDERS_JWT_AUDIENCE", default: "", doc: "The claim aud.")
        if secret.reveal().utf8.count < TokenVerifier.shortestSecret {
            settings.refuse("REMINDERS_JWT_SECRET", "is not set, or shorter than \(TokenVerifier.shortestSecret) bytes")
        }
        settings.validateOrExit()
        let tokens = TokenIssuer(
            secret: secret.reveal(), issuer: issuer.isEmpty ? nil : issuer,
            audience: audience.isEmpty ? nil : audience)
        print(
            tokens.token(
                for: Identity(userID: OpaqueID(user), scopes: Set(scope)),
                issuedAt: Int64(Date().timeIntervalSince1970),
                lifetime: lifetime))
    }

    func validate() throws {
        let isControl: (Unicode.Scalar) -> Bool = { $0.properties.generalCategory == .control }
        guard !user.isEmpty, user.utf8.count <= Limits.identifierBytes, !user.unicodeScalars.contains(where: isControl)
        else { throw ValidationError("--user: give an id of 1 to \(Limits.identifierBytes) bytes") }
        guard !Recipient.isReserved(user) else {
            throw ValidationError(
                "--user: a user's id begins neither with mailto:, as mail addresses do, nor with erased:")
        }
    }
}

extension Scope: ExpressibleByArgument {}
