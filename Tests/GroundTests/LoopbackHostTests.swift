import RemindersGround
import Testing

@Suite struct LoopbackHostTests {
    @Test(arguments: ["localhost", "LOCALHOST", "127.0.0.1", "127.255.255.255", "::1", "[::1]", "0:0:0:0:0:0:0:1"])
    func whatIsThisMachine(host: String) {
        #expect(LoopbackHost.includes(host))
    }

    @Test(arguments: [
        "", "localhost.example.org", "127.example.org", "127.1.example", "127.1", "127", "2130706433", "128.0.0.1",
        "0.0.0.0",
        "10.0.0.1", "::", "::2", "fe80::1", "::ffff:127.0.0.1", "[::1", "::1]", "[127.0.0.1]", "localhost.", "1::",
    ])
    func whatIsNotOrMayNotBe(host: String) {
        #expect(!LoopbackHost.includes(host))
    }
}
