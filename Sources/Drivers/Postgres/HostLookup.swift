import Glibc
import RemindersIOThread

/// Name lookup beside the pool's thread: libpq's own would block all its connections (libpq manual, PQconnectPoll).
enum HostLookup {
    typealias Host = ConnectionSettings.Host

    static func isNeeded(_ host: Host) -> Bool {
        !host.name.isEmpty && host.address.isEmpty && !host.isSocket && !isNumeric(host.name)
    }

    /// Looks the hosts up on a thread of their own and calls `done` there. That may take as long as the resolver
    /// likes: the caller has a deadline.
    static func start(_ hosts: [Host], done: @escaping @Sendable (Result<[Host], PostgresError>) -> Void) {
        let thread = IOThread(name: "pg-lookup")
        thread.perform {
            done(resolve(hosts))
            // Ends the thread with this work, and not before.
            withExtendedLifetime(thread) {}
        }
    }

    /// Each host as often as it has addresses; those without any are left out unless there is no other.
    static func resolve(_ hosts: [Host]) -> Result<[Host], PostgresError> {
        var resolved: [Host] = []
        var failures: [String] = []
        for host in hosts {
            guard isNeeded(host) else {
                resolved.append(host)
                continue
            }
            switch addresses(of: host.name) {
            case .success(let addresses):
                resolved += addresses.map { Host(name: host.name, address: $0, port: host.port) }
            case .failure(let failure):
                failures.append("could not translate host name \"\(host.name)\" to address: \(failure.reason)")
            }
        }
        guard resolved.isEmpty else { return .success(resolved) }
        return .failure(PostgresError(.connection, failures.joined(separator: "; ")))
    }

    private struct Failure: Error {
        let reason: String
    }

    private static func addresses(of name: String) -> Result<[String], Failure> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, nil, &hints, &list)
        guard status == 0, let list else {
            return .failure(Failure(reason: gai_strerror(status).map { String(cString: $0) } ?? "error \(status)"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        for entry in sequence(first: list, next: \.pointee.ai_next) {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let length = socklen_t(text.count)
            let result = getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST)
            guard result == 0 else { continue }
            let address = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if !addresses.contains(address) { addresses.append(address) }
        }
        return addresses.isEmpty ? .failure(Failure(reason: "it has no address")) : .success(addresses)
    }

    private static func isNumeric(_ name: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1
    }
}
