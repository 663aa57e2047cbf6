import RemindersDomain
import RemindersHTTPService
import RemindersStore
import RemindersTokens

extension NotifyingPolicy {
    /// Makes sure that the bearer may have those reminded whom a reminder names. Whom it named before stays.
    ///
    /// - Throws: `Problem`, 422, with each of them.
    func check(
        _ definition: ReminderDefinition, before: ReminderDefinition? = nil, by identity: Identity
    ) throws(Problem) {
        guard !identity.isService else { return }
        var problems: [FieldProblem] = []
        for (index, user) in definition.userIDs.enumerated()
        where !allows(OpaqueID(user), remindedBy: identity.userID)
            && !(before?.userIDs.contains { OpaqueID($0) == OpaqueID(user) } ?? false)
        {
            problems.append(
                FieldProblem("/recipient_user_ids/\(index)", "must be yourself: here only services remind others"))
        }
        for (index, address) in definition.addresses.enumerated()
        where !allows(address: address) && !(before?.addresses.contains(address) ?? false) {
            problems.append(FieldProblem("/recipient_emails/\(index)", addressRule))
        }
        guard problems.isEmpty else { throw .invalid(problems) }
    }

    /// Makes sure that a person's own mail goes to nobody whom nobody has asked.
    ///
    /// - Throws: `Problem`, 422.
    func check(emailOverride address: String?, before: String?, own: String?, by identity: Identity) throws(Problem) {
        guard let address, address != before, !identity.isService, !allows(ownMailTo: address, own: own) else { return }
        throw .invalid("/email_override", "must be the address you are known by, or one of an allowed domain")
    }

    private var addressRule: String {
        whom == .oneself
            ? "must be empty: here only services remind others" : "must be of a domain that is allowed here"
    }
}
