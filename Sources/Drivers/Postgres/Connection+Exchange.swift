import CLibPQ
import RemindersIOThread

extension Connection {
    /// Whether the connection is still there as far as this machine knows. To be asked before something is sent: what
    /// was sent to a connection that the server has closed is in doubt.
    func probe() -> Bool {
        guard isIdle else { return false }
        exchange()
        return isIdle
    }

    /// Sends a segment and reads its answers. The connection must be idle.
    ///
    /// - Parameter timeout: the longest silence before the connection is given up; nil for any.
    func run(
        _ segment: Segment, timeout: Duration?,
        completion: @escaping (Result<[QueryResult], PostgresError>) -> Void
    ) {
        begin(segment, patience: timeout, mayRetry: true, completion: completion)
    }

    private func begin(
        _ segment: Segment, patience: Duration?, mayRetry: Bool,
        completion: @escaping (Result<[QueryResult], PostgresError>) -> Void
    ) {
        let wasOpen = isInTransaction
        var steps: [SegmentProgress.Step] = []
        var sent = true
        for index in segment.queries.indices where sent {
            sent = send(segment.queries[index], index, &steps)
        }
        let retry = mayRetry && !wasOpen
        becomeRunning(
            Run(segment: SegmentProgress(segment, steps: steps), patience: patience) { [weak self] outcome in
                guard let self, stale, isIdle else { return completion(outcome) }
                guard retry else {
                    abandonStatements()
                    return completion(outcome)
                }
                prepareAgain(segment, patience: patience, completion: completion)
            })
        stale = false
        // Half a segment can't be taken back: only the end of the connection makes sure that it is not done.
        guard sent, PQpipelineSync(handle) == 1 else {
            lose(PostgresError(handle, fallback: "the statement could not be sent"))
            return
        }
        armDeadline()
        flush()
    }

    /// Queues what executes a query, and what prepares it first unless it is prepared.
    private func send(_ query: EncodedQuery, _ index: Int, _ steps: inout [SegmentProgress.Step]) -> Bool {
        let key = StatementCache.Key(sql: query.sql, types: query.types)
        if let name = statements.name(of: key) {
            steps.append(.execute(query: index, reused: true))
            return LibPQSending.execute(handle, name, query)
        }
        if let name = name(of: key, in: steps) {
            steps.append(.execute(query: index, reused: false))
            return LibPQSending.execute(handle, name, query)
        }
        // The unnamed statement lasts until the next one.
        let name = statements.isFull ? "" : statements.newName()
        steps.append(.prepare(key, name: name, query: index))
        steps.append(.execute(query: index, reused: false))
        return LibPQSending.prepare(handle, name, query) && LibPQSending.execute(handle, name, query)
    }

    /// What this very segment prepares.
    private func name(of key: StatementCache.Key, in steps: [SegmentProgress.Step]) -> String? {
        for case .prepare(key, let name, _) in steps where !name.isEmpty { return name }
        return nil
    }

    /// After a statement that was prepared earlier turned out to be gone or out of date, and everything in its
    /// segment was rolled back: forgets all statements, here and on the server, and sends the segment once more.
    private func prepareAgain(
        _ segment: Segment, patience: Duration?,
        completion: @escaping (Result<[QueryResult], PostgresError>) -> Void
    ) {
        statements.forgetAll()
        let deallocate = EncodedQuery(command: "DEALLOCATE ALL")
        let queries = isInTransaction ? [Segment.rollback, deallocate] : [deallocate]
        let cleaning = Segment(queries, begin: nil, isOpen: false, commits: false)
        begin(cleaning, patience: patience, mayRetry: false) { [weak self] outcome in
            guard let self else { return completion(outcome) }
            statements.forgetAll()
            guard case .success = outcome, isIdle else { return completion(outcome) }
            begin(segment, patience: patience, mayRetry: false, completion: completion)
        }
    }

    /// Sends texts by the simple protocol, each of one or many statements, one text after the other.
    func run(
        scripts: [String], timeout: Duration?,
        completion: @escaping (Result<[QueryResult], PostgresError>) -> Void
    ) {
        let progress = ScriptProgress(remaining: scripts[...])
        becomeRunning(Run(scripts: progress, patience: timeout, completion: completion))
        guard PQexitPipelineMode(handle) == 1 else {
            lose(PostgresError(handle, fallback: "pipeline mode could not be left"))
            return
        }
        armDeadline()
        sendNextScript()
    }

    func sendNextScript() {
        guard let progress = run?.scripts else { return }
        guard progress.failure == nil, let script = progress.remaining.first else {
            guard PQenterPipelineMode(handle) == 1 else {
                lose(PostgresError(handle, fallback: "pipeline mode could not be entered again"))
                return
            }
            becomeIdle(progress.failure.map { .failure($0) } ?? .success([]))
            return
        }
        run?.scripts?.remaining.removeFirst()
        guard PQsendQuery(handle, script) == 1 else {
            lose(PostgresError(handle, fallback: "the script could not be sent"))
            return
        }
        flush()
    }

    /// Sends what is queued, as far as the socket takes it.
    func flush() {
        switch PQflush(handle) {
        case 0: watch(.readable)
        case 1: watch([.readable, .writable])
        default: lose(PostgresError(handle, fallback: "the connection failed while sending"))
        }
    }

    /// Gives the connection up when the server has been silent for too long.
    private func armDeadline() {
        guard let run, let patience = run.patience else { return }
        setDeadline(run.lastProgress + patience) { [weak self] in
            guard let self, let run = self.run else { return }
            guard run.lastProgress + patience <= .now else { return armDeadline() }
            lose(PostgresError(.timeout, "no answer from PostgreSQL within \(patience)"))
        }
    }
}

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
            // An error without a SQLSTATE is libpq's own. After read_only_sql_transaction another server may be writable.
            if error.sqlState != nil, !(leadsToThePrimary && error.sqlState == "25006") { return .error(error) }
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
