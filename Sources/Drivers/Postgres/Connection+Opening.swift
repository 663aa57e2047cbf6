import CLibPQ
import Glibc
import RemindersIOThread

extension Connection {
    /// Begins to connect.
    ///
    /// - Parameter rotation: how many of the addresses to put last: one that never answers must not be the first
    ///   each time, since libpq tries the next only when one has failed.
    func open(_ settings: ConnectionSettings, rotation: Int = 0) {
        leadsToThePrimary = settings.leadsToThePrimary
        setDeadline(.now + configuration.connectTimeout) { [weak self] in
            guard let self else { return }
            lose(PostgresError(.timeout, "no connection to PostgreSQL within \(configuration.connectTimeout)"))
        }
        guard settings.hosts.contains(where: HostLookup.isNeeded) else {
            start(settings, hosts: settings.hosts, rotation: rotation)
            return
        }
        let reference = ThreadConfined(WeakConnection(self), on: thread)
        HostLookup.start(settings.hosts) { result in
            reference.perform { reference in
                guard let connection = reference.connection, connection.isOpening else { return }
                switch result {
                case .success(let hosts): connection.start(settings, hosts: hosts, rotation: rotation)
                case .failure(let error): connection.lose(error)
                }
            }
        }
    }

    private func start(_ settings: ConnectionSettings, hosts: [ConnectionSettings.Host], rotation: Int) {
        let first = hosts.isEmpty ? 0 : rotation % hosts.count
        let values = settings.values(hosts: Array(hosts[first...] + hosts[..<first]))
        handle = Self.startLibPQ(values)
        guard handle != nil, PQstatus(handle) != CONNECTION_BAD else {
            lose(PostgresError(handle, fallback: "libpq could not start a connection"))
            return
        }
        // Verbose, because that is the only way to the SQLSTATE of a refusal.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
        // As if PQconnectPoll had asked to write (libpq manual, PQconnectStartParams).
        watch(.writable)
    }

    private static func startLibPQ(_ values: [String: String]) -> OpaquePointer? {
        let pairs = values.sorted { $0.key < $1.key }
        let keywords = pairs.map { strdup($0.key) }
        let texts = pairs.map { strdup($0.value) }
        defer { (keywords + texts).forEach { free($0) } }
        let keywordList = keywords.map { UnsafePointer($0) } + [nil]
        let textList = texts.map { UnsafePointer($0) } + [nil]
        return PQconnectStartParams(keywordList, textList, 0)
    }

    func continueOpening() {
        // Within this call libpq may close the socket and open another one.
        unwatch()
        switch PQconnectPoll(handle) {
        case PGRES_POLLING_READING: watch(.readable)
        case PGRES_POLLING_WRITING: watch(.writable)
        case PGRES_POLLING_OK: finishOpening()
        default: lose(PostgresError(handle, fallback: "the connection was refused without a message"))
        }
    }

    private func finishOpening() {
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            lose(PostgresError(handle, fallback: "the connection could not be made non-blocking"))
            return
        }
        watch(.readable)
        becomeOpen()
    }
}

/// For work that may come when the connection has gone.
final class WeakConnection {
    weak var connection: Connection?

    init(_ connection: Connection) {
        self.connection = connection
    }
}

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
