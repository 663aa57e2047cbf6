/// Who may know what a case says: its title, status, link and deadline, and that one of them changed. Pure, and the only place
/// that decides it, whatever the facts come out of.
///
/// Services name the readers of a case where they make it known. Whom nobody named may still be reminded about it, in the words
/// of whoever reminds them.
public enum CaseReading: String, CaseIterable, Sendable {
    /// A case of which nobody named readers is everybody's.
    case everybody
    /// A case of which nobody named readers is nobody's.
    case listed

    /// Whether somebody may know what a case says.
    ///
    /// - Parameter isNamed: whether they are among its readers; nil where nobody named any.
    public func allows(isNamed: Bool?) -> Bool { isNamed ?? (self == .everybody) }

    /// A reader as services name them, a user's id or `mailto:` and an address, as they are compared.
    public static func reader(_ name: String) -> String {
        Recipient(key: name).address.map { Recipient.address($0).key } ?? name
    }
}

extension Trigger {
    /// Whether it fires because of what the case says, so that its firing tells it.
    public var isByCase: Bool { self != .timeBased }
}

/// Reasons that say what became of the case.
public enum CaseReason {
    /// The word that stands for them where the reader may not know the case.
    public static let hidden = "case_hidden"

    /// A reason of the ledger as it is told to somebody.
    public static func told(_ reason: String?, mayReadCase: Bool) -> String? {
        guard !mayReadCase, let reason, all.contains(reason) else { return reason }
        return hidden
    }

    /// Whether a reason says what became of the case.
    public static func isOne(_ reason: String) -> Bool { all.contains(reason) }

    private static let all = Set(
        [
            WithdrawReason.caseDeleted, .caseStatusChanged, .caseClosed, .deadlineRemoved, .deadlineMoved, .superseded,
        ].map(\.rawValue))
}
