import SeededRandom
import Testing

@testable import RemindersContracts

@Suite("Hostile bodies")
struct FuzzTests {
    /// Decodes as each message. What is accepted must survive its own encoding; what is refused must say why.
    private func decodeAll(_ body: [UInt8]) -> [ContractError] {
        var errors: [ContractError] = []
        func attempt<Message: Equatable>(
            _ decode: ([UInt8]) throws(ContractError) -> Message, _ encode: (Message) -> [UInt8]
        ) {
            do throws(ContractError) {
                let message = try decode(body)
                do throws(ContractError) {
                    let again = try decode(encode(message))
                    if again != message { Issue.record("not the same after encoding: \(body)") }
                } catch {
                    Issue.record("refused after encoding: \(error): \(body)")
                }
            } catch {
                if error.problems.isEmpty { Issue.record("no problem stated: \(body)") }
                errors.append(error)
            }
        }
        attempt({ body throws(ContractError) in try ReminderDue(decoding: body) }, { $0.encode() })
        attempt({ body throws(ContractError) in try DeliveryRequested(decoding: body) }, { $0.encode() })
        attempt({ body throws(ContractError) in try DeliveryLogged(decoding: body) }, { $0.encode() })
        attempt({ body throws(ContractError) in try PopupShown(decoding: body) }, { $0.encode() })
        attempt({ body throws(ContractError) in try CaseEvent(decoding: body) }, { $0.encode() })
        return errors
    }

    private static var bodies: [[UInt8]] {
        (MessageKind.allCases.map(\.rawValue) + ["case.event.v1"]).flatMap(Examples.valid).map(\.body)
            .filter { $0.count < 3_000 }
    }

    @Test("cut off at any byte are refused as malformed", arguments: bodies)
    func truncated(_ body: [UInt8]) {
        let whole = body.last == UInt8(ascii: "\n") ? Array(body.dropLast()) : body
        for length in 0..<whole.count {
            let errors = decodeAll(Array(whole[..<length]))
            #expect(errors.count == 5)
            #expect(errors.allSatisfy { $0.code == .malformed })
        }
    }

    @Test("mutated at random never crash", arguments: UInt64(1)...24)
    func mutated(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bodies = FuzzTests.bodies
        let pieces: [[UInt8]] =
            [
                "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "-", "1e999", "\\ud800", "\\u0000", "\u{2028}",
                "\u{0}",
                "{\"id\":1}", "\"id\":", "9223372036854775808", "\"case\":{", "{\"\":", "[[[[[[[[", "Z", "true",
            ].map { Array($0.utf8) } + [[0xFF], [0xED, 0xA0, 0x80], [0xC0]]
        for _ in 0..<600 {
            guard var body = bodies.randomElement(using: &random) else { return }
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0...body.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0 where place < body.count: body[place] = UInt8.random(in: 0...255, using: &random)
                case 1 where place < body.count: body[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: body.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
                case 3:
                    let end = min(body.count, place + Int.random(in: 0...20, using: &random))
                    body.removeSubrange(place..<end)
                default:
                    let end = min(body.count, place + Int.random(in: 0...60, using: &random))
                    body.insert(contentsOf: body[place..<end], at: Int.random(in: 0...body.count, using: &random))
                }
            }
            _ = decodeAll(body)
        }
    }

    @Test("made of random bytes never crash", arguments: UInt64(1)...4)
    func noise(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("{}[]\",:\\u0dD8 1-.eE\"idtruefalsn\n".utf8) + [0x00, 0xC3, 0xA6, 0xFF]
        for _ in 0..<4_000 {
            let body = (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
                alphabet.randomElement(using: &random)
            }
            _ = decodeAll(body)
        }
    }

    @Test("nested fifty thousand levels deep are refused")
    func bomb() {
        for opening in ["[", "{\"data\":", "{\"x\":[", "{\"case\":{\"event\":"] {
            let errors = decodeAll(Array(String(repeating: opening, count: 20_000).utf8))
            #expect(errors.count == 5)
        }
    }
}
