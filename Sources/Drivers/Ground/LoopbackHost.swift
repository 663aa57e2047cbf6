import Glibc

/// Which hosts are this machine itself, so that nobody listens on the way there.
public enum LoopbackHost {
    /// Whether a name or address of a URL is this machine's loopback interface: `localhost`, 127.0.0.0/8 or ::1. Other names
    /// are looked up by whoever connects, so they are not, wherever they lead today.
    ///
    /// - Parameter host: an IPv6 address with brackets or without.
    public static func includes(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let address = isBracketed ? String(host.dropFirst().dropLast()) : host
        var four = in_addr()
        if !isBracketed, inet_pton(AF_INET, address, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        guard inet_pton(AF_INET6, address, &six) == 1 else { return false }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        return bytes == [UInt8](repeating: 0, count: 15) + [1]
    }
}
