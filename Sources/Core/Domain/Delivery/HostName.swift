/// The name of a host, as mail addresses and links have it.
enum HostName {
    /// Bytes of a whole name in text form (RFC 1035 §2.3.4 has 255 on the wire).
    static let longest = 253

    /// Whether `bytes` are labels of letters, digits and inner hyphens, 63 bytes each at most, with dots between them
    /// (RFC 1035 §2.3.1, RFC 1123 §2.1).
    ///
    /// - Parameter underscores: whether labels may have them too, as names within a company sometimes do.
    static func isValid(_ bytes: some Collection<UInt8>, underscores: Bool = false) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard bytes.count <= longest else { return false }
        return bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            guard (1...63).contains(label.count), label.first != hyphen else { return false }
            var last = hyphen
            for byte in label {
                guard byte.isASCIILetterOrDigit || byte == hyphen || (underscores && byte == UInt8(ascii: "_")) else {
                    return false
                }
                last = byte
            }
            return last != hyphen
        }
    }

    /// How a name with other letters than ASCII is written in ASCII: each such label in lower case behind `xn--`
    /// (RFC 5890 §2.3.2.1). A proposal for a person to look at: the mapping of Unicode TS 46 is not applied.
    ///
    /// - Returns: nil for what makes no host name, and for ASCII.
    static func proposal(for name: some StringProtocol) -> String? {
        guard name.utf8.contains(where: { $0 >= 0x80 }), name.utf8.count <= longest else { return nil }
        var labels: [String] = []
        for label in name.lowercased().unicodeScalars.split(
            omittingEmptySubsequences: false,
            whereSeparator: { ".\u{3002}\u{FF0E}\u{FF61}".unicodeScalars.contains($0) })
        {
            if label.allSatisfy(\.isASCII) {
                labels.append(String(label))
            } else {
                let isWord: (Unicode.Scalar) -> Bool = { scalar in
                    scalar == "-" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || scalar.properties.canonicalCombiningClass != .notReordered
                }
                guard label.allSatisfy(isWord) else { return nil }
                labels.append("xn--" + Punycode.encode(label))
            }
        }
        let proposal = labels.joined(separator: ".")
        return isValid(proposal.utf8) ? proposal : nil
    }
}

/// RFC 3492, with the parameters of §5.
enum Punycode {
    /// The encoding of a label, without `xn--`.
    static func encode(_ label: some Collection<Unicode.Scalar>) -> String {
        var output = label.filter(\.isASCII).map { UInt8($0.value) }
        let basic = output.count
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        var (point, delta, bias, handled) = (128, 0, 72, basic)
        let points = label.map { Int($0.value) }
        while handled < points.count {
            let next = points.filter { $0 >= point }.min() ?? point
            delta += (next - point) * (handled + 1)
            point = next
            for value in points {
                if value < point { delta += 1 }
                guard value == point else { continue }
                append(delta, bias: bias, to: &output)
                bias = adapted(delta, handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            point += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func append(_ delta: Int, bias: Int, to output: inout [UInt8]) {
        var rest = delta
        var place = 36
        while true {
            let threshold = min(max(place - bias, 1), 26)
            guard rest >= threshold else { break }
            output.append(digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            place += 36
        }
        output.append(digit(rest))
    }

    private static func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var places = 0
        while delta > 455 {
            delta /= 35
            places += 36
        }
        return places + 36 * delta / (delta + 38)
    }

    /// 0–25 are a–z, 26–35 are 0–9.
    private static func digit(_ value: Int) -> UInt8 {
        UInt8(value < 26 ? 97 + value : 22 + value)
    }
}

extension UInt8 {
    /// Whether it is a letter or digit of ASCII.
    var isASCIILetterOrDigit: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
