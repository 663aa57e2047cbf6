import Foundation
import RemindersDomain
import SeededRandom
import Testing

@Suite("Delivery id")
struct DeliveryIDTests {
    @Test("the example of RFC 9562, appendix A.6")
    func version7() throws {
        let id = DeliveryID(
            at: try instant("2022-02-22T19:22:22.000Z"), random: (0xcc3, 0x18c4_dc0c_0c07_398f))
        #expect(id.text == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    }

    @Test("reads what it prints, in any case, as Foundation does")
    func roundTrips() throws {
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<2_000 {
            let id = DeliveryID(high: generator.next(), low: generator.next())
            #expect(DeliveryID(id.text) == id)
            #expect(DeliveryID(id.text.uppercased()) == id)
            #expect(UUID(uuidString: id.text)?.uuidString.lowercased() == id.text)
            #expect(id.withBytes { DeliveryID(bytes: $0) } == id)
            var bytes: [UInt8] = []
            id.appendText(to: &bytes)
            #expect(String(decoding: bytes, as: UTF8.self) == id.text)
        }
        #expect(DeliveryID(high: 0, low: 0).text == "00000000-0000-0000-0000-000000000000")
        #expect(
            try JSONDecoder().decode([DeliveryID].self, from: JSONEncoder().encode([DeliveryID(high: 1, low: 2)]))
                == [DeliveryID(high: 1, low: 2)])
    }

    @Test("later ids are greater, whatever the random bits")
    func order() {
        var generator = SeededGenerator(seed: 10)
        var last = DeliveryID(at: Instant(seconds: 0), random: (0, 0))
        for millisecond in 1..<2_000 {
            let moment = Instant(seconds: 1_770_733_800) + .milliseconds(millisecond)
            let id = DeliveryID(at: moment, random: (generator.next(), generator.next()))
            #expect(id > last)
            #expect(id.text.dropFirst(14).first == "7")
            #expect("89ab".contains(id.text.dropFirst(19).first ?? "x"))
            last = id
        }
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
            "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
            "017f22e2079b0-7cc3-98c4-dc0c0c07398f", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
            "017f22e2-79b0-7cc3-98c4-dc0c0c0739é",
        ])
    func refuses(text: String) {
        #expect(DeliveryID(text) == nil)
    }
}
