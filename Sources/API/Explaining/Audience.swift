import RemindersDomain
import RemindersStore

/// Who is told what a reminder did to a person: pure.
///
/// When somebody does not want to be disturbed, where they are, how they can be reached and what else they are sent is theirs.
/// Whoever created a reminder learns whether they were told.
public enum Audience: Sendable {
    /// The person themselves: everything, in the second person.
    case person
    /// Services and operators: everything.
    case operators
    /// Whoever created the reminder, of somebody else: an outline.
    case creator

    /// The word that stands for a reason that is the person's own.
    public static let privateReason = "private"

    /// A reason of the ledger as it is told.
    public func reason(_ reason: String?) -> String? {
        guard self == .creator, let reason else { return reason }
        return Audience.publicReasons.contains(reason) ? reason : Audience.privateReason
    }

    /// A delivery as it is told.
    ///
    /// - Parameter mayReadCase: else not what became of the case.
    public func told(of entry: LedgerEntry, mayReadCase: Bool = true) -> LedgerEntry {
        var outline = entry
        if !mayReadCase, let reason = entry.reason, CaseReason.isOne(reason) {
            outline.reason = CaseReason.hidden
            outline.decision = nil
        }
        guard self == .creator else { return outline }
        outline.reason = reason(outline.reason)
        outline.reply = nil
        outline.releaseAt = nil
        outline.decision = nil
        outline.carrierOccurrenceID = nil
        return outline
    }

    /// Whether it is told by which channel: where mail went is no secret of an address that somebody wrote down.
    public func isToldChannel(of recipient: Recipient) -> Bool { self != .creator || recipient.address != nil }

    /// Reasons about the reminder and its case, what the person said about the reminder, and what is wrong with what was asked
    /// for. Any other is the person's own.
    private static let publicReasons: Set<String> = {
        var reasons = Set(WithdrawReason.allCases.map(\.rawValue))
        reasons.remove(WithdrawReason.channelDeselected.rawValue)
        reasons.formUnion([
            RejectReason.unknownUser.rawValue, DropReason.tooLate.rawValue, DropReason.notAllowedHere.rawValue,
            HoldReason.askedForAgain.rawValue, DropReason.caseNotReadable.rawValue, CaseReason.hidden,
        ])
        return reasons
    }()
}
