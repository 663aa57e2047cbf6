import Testing

/// The text of the first part, decoded.
func textPart(_ mail: [UInt8]) throws -> String { try part(mail, 1) }

/// The text of the second part, decoded.
func htmlPart(_ mail: [UInt8]) throws -> String { try part(mail, 2) }

private func part(_ mail: [UInt8], _ number: Int) throws -> String {
    let parts = String(mail: mail).split(separator: "\r\n--=_")
    let section = try #require(parts.count > number ? parts[number] : nil)
    let body = try #require(section.firstRange(of: "\r\n\r\n").map { section[$0.upperBound...] })
    return decodeQuotedPrintable(String(body))
}

/// The reverse of `QuotedPrintable`, written on its own.
func decodeQuotedPrintable(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "="), index + 2 < bytes.count {
            if bytes[index + 1] != 0x0D {
                decoded.append(UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16) ?? 0)
            }
            index += 3
        } else if bytes[index] == 0x0D {
            index += 1
        } else {
            decoded.append(bytes[index])
            index += 1
        }
    }
    return String(decoding: decoded, as: UTF8.self)
}
