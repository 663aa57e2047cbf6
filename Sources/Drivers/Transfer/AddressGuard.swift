import Glibc

/// Which addresses an HTTP request may connect to.
///
/// It is asked for the address a socket is about to be opened to, after name resolution. So every spelling of an
/// address (`2130706433`, `0x7f.1`, a name that resolves to it, a name that resolves differently the second time) is
/// caught, which a filter on the URL's text cannot do (libcurl-security(3), "Crafted URLs").
///
/// Mail servers are the operator's own setting and are not guarded.
public struct AddressGuard: Hashable, Sendable {
    private let allowsEverything: Bool
    private let hosts: Set<String>
    private let networks: [IPNetwork]

    /// Only addresses of the public internet.
    public static let publicOnly = AddressGuard(allowsEverything: false, hosts: [], networks: [])
    /// Every address. For development, or where an outer firewall does this work.
    public static let all = AddressGuard(allowsEverything: true, hosts: [], networks: [])

    /// The public internet, and what is named here.
    ///
    /// - Parameters:
    ///   - hosts: names as they stand in URLs, in any case; to these every address is allowed.
    ///   - networks: CIDR notation or single addresses, such as `10.20.0.0/16` or `fd00:1::/64`.
    /// - Throws: `FieldError` for a name or network that is none.
    public init(allowingHosts hosts: [String] = [], networks: [String] = []) throws(FieldError) {
        var names: Set<String> = []
        for host in hosts {
            try FieldCheck.host(host, .host)
            names.insert(host.lowercased())
        }
        var parsed: [IPNetwork] = []
        for network in networks {
            guard let network = IPNetwork(network) else { throw FieldError(.network, .malformed) }
            parsed.append(network)
        }
        self.init(allowsEverything: false, hosts: names, networks: parsed)
    }

    private init(allowsEverything: Bool, hosts: Set<String>, networks: [IPNetwork]) {
        self.allowsEverything = allowsEverything
        self.hosts = hosts
        self.networks = networks
    }

    /// Why `address` may not be connected to for a URL with that host; nil if it may.
    func refusal(of address: IPAddress, host: String) -> String? {
        guard !allowsEverything, !hosts.contains(host) else { return nil }
        guard !networks.contains(where: { $0.contains(address) }) else { return nil }
        if let four = address.mappedIPv4, networks.contains(where: { $0.contains(four) }) { return nil }
        return Self.closed.first { $0.network.contains(address) }?.name
    }

    /// The special-purpose registries of IANA (RFC 6890 and its updates). Metadata services of clouds live in
    /// link-local (169.254.169.254), shared (100.100.100.200), protocol-assignment (192.0.0.192) and unique-local
    /// (fd00:ec2::254) space.
    private static let closed: [(network: IPNetwork, name: String)] = [
        ("0.0.0.0/8", "this network"), ("10.0.0.0/8", "private"), ("100.64.0.0/10", "shared (CGNAT)"),
        ("127.0.0.0/8", "loopback"), ("169.254.0.0/16", "link-local"), ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"), ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"), ("192.168.0.0/16", "private"), ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"), ("203.0.113.0/24", "documentation"), ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::1/128", "loopback"), ("::ffff:0:0/96", "IPv4-mapped"), ("::/96", "unspecified or IPv4-compatible"),
        ("64:ff9b::/96", "IPv4-translated"), ("64:ff9b:1::/48", "IPv4-translated"), ("100::/64", "discard"),
        ("2001::/23", "protocol assignments"), ("2001:db8::/32", "documentation"), ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"), ("5f00::/16", "segment routing"), ("fc00::/7", "unique local"),
        ("fe80::/10", "link-local"), ("fec0::/10", "site-local"), ("ff00::/8", "multicast"),
    ].map { text, name in
        guard let network = IPNetwork(text) else { preconditionFailure("\(text) is no network") }
        return (network, name)
    }
}

/// An IPv4 or IPv6 address as its bytes in network order.
struct IPAddress: Hashable, Sendable {
    /// Four or sixteen.
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        precondition(bytes.count == 4 || bytes.count == 16, "an address has 4 or 16 bytes")
        self.bytes = bytes
    }

    /// Reads the forms of inet_pton(3); the short and decimal forms of inet_aton(3) are no addresses here.
    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    /// Reads a socket address; nil for other families than IPv4 and IPv6.
    init?(_ address: UnsafePointer<sockaddr>, length: Int) {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
            var four = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
            var six = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        default:
            return nil
        }
    }

    /// The IPv4 address in an IPv4-mapped one, `::ffff:192.0.2.1` (RFC 4291 2.5.5.2).
    var mappedIPv4: IPAddress? {
        guard bytes.count == 16, bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff else {
            return nil
        }
        return IPAddress(bytes: Array(bytes[12...]))
    }
}

/// A network in CIDR notation (RFC 4632), such as `10.0.0.0/8`; an address alone is a network of one.
struct IPNetwork: Hashable, Sendable {
    let base: IPAddress
    let prefixLength: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = IPAddress(String(parts[0])) else { return nil }
        let bits = base.bytes.count * 8
        guard parts.count == 2 else {
            self.init(base, bits)
            return
        }
        guard let length = Int(parts[1]), (0...bits).contains(length) else { return nil }
        self.init(base, length)
    }

    init(_ base: IPAddress, _ prefixLength: Int) {
        self.base = base
        self.prefixLength = prefixLength
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        let whole = prefixLength / 8
        guard address.bytes[..<whole] == base.bytes[..<whole] else { return false }
        let rest = prefixLength % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xff00 >> rest)
        return address.bytes[whole] & mask == base.bytes[whole] & mask
    }
}
