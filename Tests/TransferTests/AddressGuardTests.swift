import Testing

@testable import RemindersTransfer

@Suite("Which addresses a request may go to")
struct AddressGuardTests {
    private func refusal(_ text: String, _ guarding: AddressGuard = .publicOnly, host: String = "h") throws -> String? {
        guarding.refusal(of: try #require(IPAddress(text)), host: host)
    }

    @Test(
        "special addresses are refused, first and last of each range",
        arguments: [
            "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
            "100.100.100.200", "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "172.16.0.0",
            "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.0",
            "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1",
            "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1",
            "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1",
            "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::", "fd00:ec2::254",
            "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1", "febf::1", "fec0::1", "ff02::1",
        ])
    func refused(_ text: String) throws {
        #expect(try refusal(text) != nil)
        #expect(try refusal(text, .all) == nil)
    }

    @Test(
        "neighbours of the ranges and the public internet are open",
        arguments: [
            "1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1",
            "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
            "2001:4860:4860::8888", "2606:4700::1111", "2a00::1", "2003::1", "64:ff9c::1",
        ])
    func open(_ text: String) throws {
        #expect(try refusal(text) == nil)
    }

    @Test("an operator opens networks, also for mapped addresses, and nothing beside them")
    func networks() throws {
        let guarding = try AddressGuard(networks: ["10.20.0.0/15", "192.168.1.7", "fd00:1::/33"])
        #expect(try refusal("10.21.255.255", guarding) == nil)
        #expect(try refusal("10.22.0.0", guarding) == "private")
        #expect(try refusal("::ffff:10.20.1.1", guarding) == nil)
        #expect(try refusal("192.168.1.7", guarding) == nil)
        #expect(try refusal("192.168.1.8", guarding) == "private")
        #expect(try refusal("fd00:1:7fff::1", guarding) == nil)
        #expect(try refusal("fd00:1:8000::1", guarding) == "unique local")
    }

    @Test("an operator opens hosts by name")
    func hosts() throws {
        let guarding = try AddressGuard(allowingHosts: ["Chat.Intern.example"])
        #expect(try refusal("10.0.0.1", guarding, host: "chat.intern.example") == nil)
        #expect(try refusal("10.0.0.1", guarding, host: "evil.example") == "private")
    }

    @Test(
        "what is no network is refused",
        arguments: [
            "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "fd00::/129", "", "/8", "10.0.0.0/", "host", "10.0.0.0/8/8",
        ])
    func malformed(_ text: String) {
        #expect(throws: FieldError.self) { try AddressGuard(networks: [text]) }
    }
}
