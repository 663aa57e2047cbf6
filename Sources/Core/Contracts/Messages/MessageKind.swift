/// The messages between our own services. The raw value is the AMQP property `type`; it ends in the version.
///
/// A version changes when something that readers rely on changes; fields may be added without one, since unknown
/// fields are ignored everywhere.
public enum MessageKind: String, CaseIterable, Sendable {
    /// `ReminderDue`
    case reminderDue = "reminder.due.v1"
    /// `DeliveryRequested`
    case deliveryRequested = "delivery.requested.v1"
    /// `DeliveryLogged`
    case deliveryLogged = "delivery.logged.v1"
    /// `PopupShown`
    case popupShown = "popup.shown.v1"

    /// The AMQP property `content_type` of these messages.
    public static let contentType = "application/json"

    /// The kind that the AMQP property `type` names.
    ///
    /// - Throws: `ContractError` with the code `unknownType` or `unsupportedVersion`.
    public init(type: String) throws(ContractError) {
        self = try VersionedType.kind(of: type, message: "message")
    }

    /// Makes sure that a message whose property `type` is `type` is of this kind. Without the property the queue it
    /// came from decides.
    ///
    /// - Throws: `ContractError` with the code `unknownType` or `unsupportedVersion`.
    public func require(type: String?) throws(ContractError) {
        guard let type, type != rawValue else { return }
        let kind = try MessageKind(type: type)
        throw ContractError(
            message: rawValue, code: .unknownType,
            problems: [.init(pointer: "", problem: "has the type \(kind.rawValue)", expected: "the type \(rawValue)")])
    }
}

/// Types of messages such as `case.created.v1`.
enum VersionedType {
    /// The kind whose raw value is `type`, or a tail of it after a reverse-DNS prefix.
    static func kind<Kind: RawRepresentable<String> & CaseIterable>(
        of type: String, message: String, prefixAllowed: Bool = false
    ) throws(ContractError) -> Kind {
        if let kind = Kind(rawValue: type) { return kind }
        var code = ContractError.Code.unknownType
        for kind in Kind.allCases {
            if prefixAllowed, type.hasSuffix("." + kind.rawValue) { return kind }
            if isOtherVersion(type, of: kind.rawValue, prefixAllowed: prefixAllowed) { code = .unsupportedVersion }
        }
        let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        let problem = code == .unknownType ? "is unknown" : "has a version that is not supported"
        throw ContractError(
            message: message, code: code,
            problems: [
                .init(
                    pointer: "/type", problem: "\(ContractError.quote(type)) \(problem)",
                    expected: (prefixAllowed ? "a type that ends in one of " : "one of ") + known)
            ])
    }

    /// Whether `type` differs from `known` only in the digits after the last `v`.
    private static func isOtherVersion(_ type: String, of known: String, prefixAllowed: Bool) -> Bool {
        let stem = known.utf8.reversed().drop { (48...57).contains($0) }
        let tail = type.utf8.reversed().drop { (48...57).contains($0) }
        guard tail.count < type.utf8.count, tail.starts(with: stem) else { return false }
        let rest = tail.dropFirst(stem.count)
        return rest.isEmpty || (prefixAllowed && rest.first == UInt8(ascii: "."))
    }
}

/// Runs the decoder of a message over its body.
///
/// - Parameter read: goes into the outermost object and sets the fields of the draft.
/// - Returns: the draft, and everything that is wrong with fields.
/// - Throws: `ContractError` if the body is no JSON that we take.
func readBody<Draft>(
    _ body: [UInt8], message: String, into draft: Draft,
    _ read: (inout MessageDecoder, inout Draft) throws(JSONError) -> Void
) throws(ContractError) -> (draft: Draft, problems: [ContractError.Problem]) {
    var draft = draft
    do throws(JSONError) {
        let problems = try body.withUnsafeBufferPointer { bytes throws(JSONError) in
            var decoder = try MessageDecoder(bytes)
            try read(&decoder, &draft)
            try decoder.finish()
            return decoder.problems
        }
        return (draft, problems)
    } catch {
        throw ContractError(message: message, error)
    }
}

/// The same, of a message that is its own draft: it begins blank, and is taken if nothing is wrong with it.
func decode<Message>(
    _ body: [UInt8], as kind: MessageKind, into blank: Message,
    _ read: (inout MessageDecoder, inout Message) throws(JSONError) -> Void
) throws(ContractError) -> Message {
    let (message, problems) = try readBody(body, message: kind.rawValue, into: blank, read)
    guard problems.isEmpty else {
        throw ContractError(message: kind.rawValue, code: .invalid, problems: problems)
    }
    return message
}
