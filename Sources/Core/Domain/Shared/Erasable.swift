/// Whom an erasure is about, as the ledger names them: a user's id, or `mailto:` and a mail address that is nobody's.
public struct Erasable: Hashable, Sendable {
    /// Why nobody can be erased by that name.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// It is empty.
        case isEmpty
        /// What stands behind `mailto:` is no mail address.
        case isNoAddress(String)
        /// It is what somebody is called who was erased.
        case isErased

        /// One sentence for whoever asked.
        public var description: String {
            switch self {
            case .isEmpty: "must be a user's id, or mailto: and a mail address"
            case .isNoAddress(let address): "“\(address)” is no mail address"
            case .isErased: "is what somebody is called who was erased"
            }
        }
    }

    /// Who.
    public let recipient: Recipient

    /// The one with this id, or at the address behind `mailto:`.
    public init(_ text: String) throws(Refusal) {
        guard !text.isEmpty else { throw .isEmpty }
        let named = Recipient(key: text)
        if named.isErased { throw .isErased }
        if let address = named.address {
            guard let checked = try? MailAddress(address) else { throw .isNoAddress(address) }
            recipient = .address(checked.text)
        } else {
            recipient = named
        }
    }
}
