import Testing

@testable import RemindersContracts

/// Reads one value and all that follows.
func readAll(_ body: [UInt8], sizeLimit: Int = Limits.bodyBytes, depthLimit: Int = 32) throws(JSONError) {
    try body.withUnsafeBufferPointer { bytes throws(JSONError) in
        var reader = try JSONReader(bytes, sizeLimit: sizeLimit, depthLimit: depthLimit)
        try reader.skipValue()
        try reader.finish()
    }
}

/// The text of a JSON string.
func readString(_ json: String) throws(JSONError) -> String {
    try Array(json.utf8).withUnsafeBufferPointer { bytes throws(JSONError) in
        var reader = try JSONReader(bytes)
        let text = try reader.string().text
        try reader.finish()
        return text
    }
}

@Suite("Reading JSON")
struct JSONReaderTests {
    @Test(
        "takes what RFC 8259 allows",
        arguments: [
            "{}", "[]", "null", "true", "false", "0", "-0", "1", "-1.5", "1e5", "1E+05", "0.0e-0", "\"\"", "\"x\"",
            " \t\r\n[ 1 , { \"a\" : [ ] , \"b\" : { } } , \"\\u00e6\" ] \n", "[[],[[]],{}]",
            #"{"a":{"b":{"c":[1,[2,{"d":null}]]}},"e":true}"#, "\"\u{7f}\u{10FFFF}\"",
            "[\"\\\\\\\"\\/\\b\\f\\n\\r\\t\"]",
        ])
    func takes(_ json: String) throws {
        try readAll(Array(json.utf8))
    }

    @Test(
        "refuses what RFC 8259 does not allow",
        arguments: [
            "", " ", "nul", "nulll", "True", "tru e", "01", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x1", "NaN",
            "Infinity", "-Infinity", "'x'", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\n\"", "\"\t\"",
            "\"\u{0}\"", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1",
            "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{,}", "[1}", "{\"a\":1]",
            "{}{}", "1 2", "// x\n1", "/* x */1", "\u{feff}\u{feff}{}", "{}\u{feff}", "\u{feff}", "[\u{a0}1]",
            "{\"a\":}", "[\"a\":1]", "{\"a\",\"b\"}",
        ])
    func refuses(_ json: String) {
        #expect(throws: JSONError.self) { try readAll(Array(json.utf8)) }
    }

    @Test("refuses every raw control character in a string, and takes DEL")
    func controlCharacters() throws {
        for byte in UInt8(0)..<0x20 {
            #expect { try readAll([0x22, 0x61, byte, 0x22]) } throws: {
                ($0 as? JSONError)?.reason == .controlCharacter && ($0 as? JSONError)?.offset == 2
            }
        }
        try readAll([0x22, 0x7F, 0x22])
    }

    @Test(
        "refuses bytes that are not UTF-8, wherever they stand",
        arguments: [
            [0xFF], [0x80], [0xC0, 0x80], [0xC3], [0xE2, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF0, 0x80, 0x80, 0xAF],
        ] as [[UInt8]])
    func refusesOtherEncodings(_ bytes: [UInt8]) {
        #expect { try readAll([0x22] + bytes + [0x22]) } throws: { ($0 as? JSONError)?.reason == .notUTF8 }
        #expect(throws: JSONError.self) { try readAll(Array("{\"a\":1}".utf8) + bytes) }
    }

    @Test("knows every escape of one unit, and refuses exactly the surrogates")
    func everyEscape() throws {
        for unit in UInt32(0)...0xFFFF {
            let digits = String(unit, radix: 16)
            let hexadecimal = String(repeating: "0", count: 4 - digits.count) + digits
            for spelling in [hexadecimal, hexadecimal.uppercased()] {
                let json = "\"\\u\(spelling)\""
                if let scalar = Unicode.Scalar(unit) {
                    let text = try readString(json)
                    guard text.unicodeScalars.elementsEqual([scalar]) else {
                        Issue.record("\(json) was read as \(text.debugDescription)")
                        return
                    }
                } else {
                    guard isRefusedAsSurrogate(json), isRefusedAsSurrogate("\"\\u\(spelling)x\""),
                        isRefusedAsSurrogate("\"\\u\(spelling)\\n\""),
                        isRefusedAsSurrogate("\"\\u\(spelling)\\u0041\""),
                        isRefusedAsSurrogate("\"\\ud83d\\ud83d\\u\(spelling)\"")
                    else {
                        Issue.record("\(json) was not refused")
                        return
                    }
                }
            }
        }
    }

    @Test("joins the two halves of a surrogate pair")
    func pairs() throws {
        for high in stride(from: UInt32(0xD800), to: 0xDC00, by: 31) {
            for low in stride(from: UInt32(0xDC00), to: 0xE000, by: 17) {
                let json = "\"a\\u\(String(high, radix: 16))\\u\(String(low, radix: 16))z\""
                let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00))
                #expect(try readString(json) == "a\(scalar.map(String.init) ?? "?")z")
            }
        }
        #expect(try readString("\"\\ud83D\\uDE00\"") == "😀")
    }

    private func isRefusedAsSurrogate(_ json: String) -> Bool {
        do {
            _ = try readString(json)
            return false
        } catch {
            return error.reason == .loneSurrogate
        }
    }

    @Test("follows 32 levels and refuses one more, without using the stack", arguments: ["[", "{\"a\":"])
    func depth(_ opening: String) throws {
        func nested(_ levels: Int) -> [UInt8] {
            let closing = opening == "[" ? "]" : "}"
            return Array(
                (String(repeating: opening, count: levels) + "1" + String(repeating: closing, count: levels)).utf8)
        }
        try readAll(nested(32))
        #expect { try readAll(nested(33)) } throws: { ($0 as? JSONError)?.reason == .tooDeep(limit: 32) }
        #expect { try readAll(Array(String(repeating: opening, count: 50_000).utf8)) } throws: {
            ($0 as? JSONError)?.reason == .tooDeep(limit: 32)
        }
        try readAll(nested(64), depthLimit: 64)
    }

    @Test("refuses a body above the limit before it looks at it")
    func size() throws {
        try readAll(Array("[1,2]".utf8), sizeLimit: 5)
        #expect { try readAll(Array("[1,23]".utf8), sizeLimit: 5) } throws: {
            ($0 as? JSONError)?.reason == .tooLarge(limit: 5)
        }
        let error = #expect(throws: ContractError.self) {
            try ReminderDue(decoding: [UInt8](repeating: 0xFF, count: Limits.bodyBytes + 1))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test("keeps integers exact at the ends of the range")
    func integers() throws {
        func integer(_ json: String) throws(JSONError) -> Int64? {
            try Array(json.utf8).withUnsafeBufferPointer { bytes throws(JSONError) in
                var reader = try JSONReader(bytes)
                return try reader.number().int64
            }
        }
        #expect(try integer("9223372036854775807") == .max)
        #expect(try integer("-9223372036854775808") == .min)
        #expect(try integer("9223372036854775808") == nil)
        #expect(try integer("-9223372036854775809") == nil)
        #expect(try integer("99999999999999999999999999") == nil)
        #expect(try integer("-0") == 0)
        #expect(try integer("1.0") == nil)
        #expect(try integer("1e2") == nil)
    }

    @Test("says where it stopped")
    func offsets() {
        func offset(_ json: String) -> Int? {
            do {
                try readAll(Array(json.utf8))
                return nil
            } catch {
                return error.offset
            }
        }
        #expect(offset("[1,x]") == 3)
        #expect(offset("{\"a\":1}x") == 7)
        #expect(offset("[\"\\q\"]") == 2)
        #expect(offset("[1") == 2)
    }
}
