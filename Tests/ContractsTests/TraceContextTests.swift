import Testing

@testable import RemindersContracts

@Suite("Trace contexts")
struct TraceContextTests {
    private let example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("read and write a header")
    func roundTrip() throws {
        let context = try #require(TraceContext(traceparent: example))
        #expect(context.traceHigh == 0x4bf9_2f35_77b3_4da6)
        #expect(context.traceLow == 0xa3ce_929d_0e0e_4736)
        #expect(context.spanID == 0x00f0_67aa_0ba9_02b7)
        #expect(context.isSampled)
        #expect(context.traceparent == example)
        #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    }

    @Test("keep trace and flag in a child")
    func child() throws {
        let parent = try #require(TraceContext(traceparent: example))
        #expect(parent.child(spanID: 0xAB).traceparent == "00-4bf92f3577b34da6a3ce929d0e0e4736-00000000000000ab-01")
        let unsampled = TraceContext(traceHigh: 1, traceLow: 2, spanID: 3, isSampled: false)
        #expect(unsampled.child(spanID: 4).traceparent.hasSuffix("-0000000000000004-00"))
    }

    @Test("have no id of zero")
    func zero() {
        let context = TraceContext(traceHigh: 0, traceLow: 0, spanID: 0)
        #expect(TraceContext(traceparent: context.traceparent) == context)
        #expect(context.child(spanID: 0).spanID == 1)
    }

    @Test("of a later version are read as far as they are known")
    func laterVersion() {
        #expect(TraceContext(traceparent: "cc" + example.dropFirst(2) + "-more") != nil)
        #expect(TraceContext(traceparent: "cc" + example.dropFirst(2)) != nil)
        #expect(TraceContext(traceparent: "cc" + example.dropFirst(2) + "more") == nil)
        #expect(TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03")?.isSampled == true)
    }

    @Test(
        "that are malformed are none",
        arguments: [
            "", "00", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e47æ-00f067aa0ba902b7-01",
        ])
    func malformed(_ header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }
}
