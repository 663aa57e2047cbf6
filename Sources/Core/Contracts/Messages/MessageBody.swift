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
