/// Links that stand in a text somebody wrote. Mail programs and Mattermost make links of them by themselves, so they get what
/// `WebLink` demands of a link: no host that looks like another.
public enum WrittenLinks {
    /// The text with such links as they may stand: a host in other letters than ASCII as its `xn--` name, and one behind a
    /// user name (`https://bank.example@evil.example/`), or written so that its name can't be told, as plain text: with a
    /// zero-width space in its scheme, so that nothing makes a link of it.
    public static func undisguised(_ text: String) -> String {
        guard mayHaveLinks(text) else { return text }
        let scalars = Array(text.unicodeScalars)
        var output = String.UnicodeScalarView()
        var position = 0
        while position < scalars.count {
            guard let scheme = schemeLength(in: scalars, at: position) else {
                output.append(scalars[position])
                position += 1
                continue
            }
            let start = position + scheme
            let end = scalars[start...].firstIndex { !belongsToAuthority($0) } ?? scalars.endIndex
            let authority = scalars[start..<end]
            if !authority.contains(where: isDisguising) {
                output.append(contentsOf: scalars[position..<end])
            } else if let plain = inASCII(authority) {
                output.append(contentsOf: scalars[position..<start])
                output.append(contentsOf: plain.unicodeScalars)
            } else {
                output.append(scalars[position])
                output.append("\u{200B}")
                output.append(contentsOf: scalars[(position + 1)..<end])
            }
            position = end
        }
        return String(output)
    }

    /// Whether a colon stands before a slash or a backslash: by its bytes, for every text of every message is looked at.
    private static func mayHaveLinks(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var position = 0
            while let colon = bytes[position...].firstIndex(of: UInt8(ascii: ":")), colon + 1 < bytes.count {
                if bytes[colon + 1] == UInt8(ascii: "/") || bytes[colon + 1] == UInt8(ascii: "\\") { return true }
                position = colon + 1
            }
            return false
        }
    }

    /// How long `http://` or `https://` is that begins at a position, also with more slashes or backslashes, which browsers
    /// read as two.
    private static func schemeLength(in scalars: [Unicode.Scalar], at position: Int) -> Int? {
        for scheme in ["https:", "http:"] {
            let end = position + scheme.unicodeScalars.count
            guard end < scalars.count,
                zip(scalars[position..<end], scheme.unicodeScalars).allSatisfy({
                    $0.properties.lowercaseMapping == String($1)
                })
            else { continue }
            let slashes = scalars[end...].prefix { $0 == "/" || $0 == "\\" }.count
            return slashes >= 2 ? end + slashes - position : nil
        }
        return nil
    }

    private static func belongsToAuthority(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return UInt8(scalar.value).isASCIILetterOrDigit || "-._~%!$&'()*+,;=:@[]\\".unicodeScalars.contains(scalar)
        }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || scalar.properties.generalCategory == .nonspacingMark || fullStops.contains(scalar)
            || scalar.properties.isDefaultIgnorableCodePoint
    }

    private static func isDisguising(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.isASCII || scalar == "@" || scalar == "%" || scalar == "\\"
    }

    /// An authority of a host in other letters and perhaps a port; nil for anything else.
    private static func inASCII(_ authority: ArraySlice<Unicode.Scalar>) -> String? {
        guard authority.allSatisfy({ !$0.isASCII || !isDisguising($0) }) else { return nil }
        let colon = authority.firstIndex(of: ":") ?? authority.endIndex
        let host = String(String.UnicodeScalarView(authority[..<colon]))
        guard let name = HostName.proposal(for: host) else { return nil }
        return name + String(String.UnicodeScalarView(authority[colon...]))
    }

    /// What some writing systems have for the dot between the parts of a name.
    private static let fullStops: [Unicode.Scalar] = ["\u{3002}", "\u{FF0E}", "\u{FF61}"]
}
