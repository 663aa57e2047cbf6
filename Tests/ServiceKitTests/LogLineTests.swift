import Foundation
import Logging
import Testing

@testable import RemindersServiceKit

@Suite struct LogLineTests {
    private let time = LogTime(seconds: 1_795_363_445, microseconds: 123)

    private func line(
        _ format: LogFormat, _ message: String, _ metadata: Logger.Metadata = [:], label: String = "email-sender"
    ) -> String {
        var handler = LineLogHandler(service: "email-sender", label: label, format: format)
        handler[metadataKey: "queue"] = "q"
        let event = LogEvent(
            level: .warning, message: "\(message)", metadata: metadata, source: nil, file: "", function: "", line: 1)
        return String(decoding: handler.line(of: event, at: time), as: UTF8.self)
    }

    @Test func jsonHasTimeLevelServiceMessageTraceAndFlatFacts() {
        let text = line(
            .json, "Mail sent",
            [
                "delivery": ["id": "d1", "reply": ["code": .stringConvertible(250)]], "trace_id": "t1",
                "channels": ["email", .stringConvertible(true)], "ratio": .stringConvertible(0.5),
                "message": "mine",
            ], label: "AMQP")
        #expect(
            text == #"{"time":"2026-11-22T16:04:05.000123Z","level":"warning","service":"email-sender","#
                + #""logger":"AMQP","message":"Mail sent","trace_id":"t1","channels":["email",true],"#
                + #""delivery.id":"d1","delivery.reply.code":250,"metadata.message":"mine","queue":"q","ratio":0.5}"#
                + "\n")
    }

    @Test func textIsOneReadableLine() {
        let text = line(
            .text, "Mail sent", ["delivery.reply": "250 2.0.0 ok", "empty": "", "n": .stringConvertible(7)])
        #expect(
            text == #"2026-11-22T16:04:05.000Z warning  email-sender: Mail sent delivery.reply="250 2.0.0 ok" "#
                + "empty=\"\" n=7 queue=q\n")
    }

    static let hostile = [
        "a\r\nb", "a\nb", "a\rb", "a\u{0}b", "\u{1B}[31mred", "tab\tbed", "quote\"back\\slash", "a\u{85}b",
        "a\u{9B}31m", "a\u{2028}b\u{2029}c", "\u{202E}evil\u{2066}", "\u{7F}", "æøå 🙂 日本", "\"}\n{\"level\":\"info",
        "\u{B}\u{C}", "é\r\n\r\n", "\u{C2}\u{A0}",
    ]

    @Test(arguments: hostile, [LogFormat.json, .text])
    func whateverIsLoggedStaysOneHarmlessLine(text: String, format: LogFormat) {
        let line = line(format, text, ["key \(text)": "\(text)", "list": [.string(text), ["inner": .string(text)]]])
        let isLineEnd: (Unicode.Scalar) -> Bool = {
            $0.properties.generalCategory == .control || "\u{2028}\u{2029}\u{202E}\u{2066}".unicodeScalars.contains($0)
        }
        #expect(line.hasSuffix("\n"))
        #expect(!line.unicodeScalars.dropLast().contains(where: isLineEnd))
    }

    @Test(arguments: hostile)
    func jsonGivesBackWhatWasLogged(text: String) throws {
        let data = Data(line(.json, text, ["k": "\(text)"]).utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["message"] as? String == text)
        #expect(object["k"] as? String == text)
    }

    @Test func eachLineIsOneWriteEvenFromManyThreads() async throws {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        defer {
            close(reader)
            close(writer)
        }
        let output = LogOutput(descriptor: writer)
        let logger = Logger(label: "x") { LineLogHandler(service: "x", label: $0, format: .json, output: output) }
        async let reading = RawHTTP.offThePool {
            try (0..<100).map { _ in try RawHTTP.receive(reader) }
        }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 { group.addTask { logger.info("Line", metadata: ["n": "\(number)"]) } }
        }
        let packets = try await reading
        #expect(packets.count == 100)
        #expect(packets.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}\n") && $0.split(separator: "\n").count == 1 })
    }

    @Test func colourNeedsATerminalAndHeedsNoColor() {
        #expect(!LogFormat.usesColour(descriptor: -1) { _ in nil })
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        defer { close(terminal) }
        #expect(LogFormat.usesColour(descriptor: terminal) { _ in nil })
        #expect(!LogFormat.usesColour(descriptor: terminal) { $0 == "NO_COLOR" ? "1" : nil })
        #expect(!LogFormat.usesColour(descriptor: terminal) { $0 == "TERM" ? "dumb" : nil })
    }
}
