import CLibPQ
import RemindersIOThread

extension Connection {
    /// Reads what has arrived and sends what could not be sent before.
    func exchange() {
        let isAlive = PQconsumeInput(handle) == 1
        // Answers that arrived before the end of the connection still count.
        if run != nil { receive() }
        guard !isEnded else { return }
        guard isAlive, PQstatus(handle) == CONNECTION_OK else {
            lose(PostgresError(handle, fallback: "the server closed the connection"))
            return
        }
        deliverNotifications()
        if isOpen, !isIdle { flush() }
    }

    private func receive() {
        var mayHaveMore = true
        while mayHaveMore, let run, PQisBusy(handle) == 0 {
            let result = PQgetResult(handle).map(QueryResult.init)
            self.run?.lastProgress = .now
            mayHaveMore = run.scripts == nil ? receiveForSegment(result) : receiveForScript(result)
        }
    }

    // MARK: - Segments

    /// - Returns: whether there may be more to read.
    private func receiveForSegment(_ result: QueryResult?) -> Bool {
        guard result != nil || run?.segment?.expectsEnd == true, let reply = reply(result) else { return false }
        // In place: a copy of the progress would copy all results so far.
        if let (key, name) = run?.segment?.receive(reply) ?? nil, !name.isEmpty {
            statements.prepared(key, as: name)
        }
        guard let progress = run?.segment else { return false }
        if progress.isSynced {
            stale = progress.failedOnStaleStatement
            becomeIdle(progress.outcome())
            return false
        }
        if let failure = progress.failure, failure.endsSession {
            lose(failure)
            return false
        }
        return true
    }

    /// - Returns: nil when the connection has failed.
    private func reply(_ result: QueryResult?) -> SegmentProgress.Reply? {
        guard let result else { return .end }
        switch result.status {
        case PGRES_PIPELINE_SYNC: return .sync
        case PGRES_PIPELINE_ABORTED: return .skipped
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return .result(result)
        case PGRES_FATAL_ERROR, PGRES_NONFATAL_ERROR:
            let error = PostgresError(result, sql: nil)
            // An error without a SQLSTATE is libpq's own.
            if error.sqlState != nil { return .error(error) }
            lose(error)
        default:
            lose(PostgresError(.connection, "an answer of an unexpected kind: COPY can't be used here"))
        }
        return nil
    }

    // MARK: - Scripts

    private func receiveForScript(_ result: QueryResult?) -> Bool {
        guard let result else {
            sendNextScript()
            return true
        }
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_NONFATAL_ERROR:
            return true
        case PGRES_FATAL_ERROR:
            let error = PostgresError(result, sql: nil)
            guard error.sqlState != nil, !error.endsSession else {
                lose(error)
                return false
            }
            if run?.scripts?.failure == nil { run?.scripts?.failure = error }
            return true
        default:
            lose(PostgresError(.connection, "COPY can't be used in a script"))
            return false
        }
    }

    // MARK: - Notifications

    private func deliverNotifications() {
        while !isEnded, let notification = PQnotifies(handle) {
            defer { PQfreemem(notification) }
            let channel = notification.pointee.relname.map { String(cString: $0) } ?? ""
            let payload = notification.pointee.extra.map { String(cString: $0) } ?? ""
            onEvent(.notified(channel: channel, payload: payload))
        }
    }
}
