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

/// The same, and builds the message.
///
/// - Parameter make: builds the message from the draft; nil where a field is missing, which is then among the problems.
func decode<Draft, Message>(
    _ body: [UInt8], as kind: MessageKind, into draft: Draft,
    _ read: (inout MessageDecoder, inout Draft) throws(JSONError) -> Void,
    make: (Draft) -> Message?
) throws(ContractError) -> Message {
    let (draft, problems) = try readBody(body, message: kind.rawValue, into: draft, read)
    guard problems.isEmpty, let message = make(draft) else {
        throw ContractError(message: kind.rawValue, code: .invalid, problems: problems)
    }
    return message
}
