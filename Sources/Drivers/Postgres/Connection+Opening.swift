import CLibPQ
import Glibc
import RemindersIOThread

extension Connection {
    /// Begins to connect.
    ///
    /// - Parameter rotation: how many of the addresses to put last: one that never answers must not be the first
    ///   each time, since libpq tries the next only when one has failed.
    func open(_ settings: ConnectionSettings, rotation: Int = 0) {
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
