/// What a connection is busy with: a segment or scripts.
struct Run {
    var segment: SegmentProgress?
    var scripts: ScriptProgress?
    /// The longest silence of the server; nil for any.
    let patience: Duration?
    /// When something was heard of the server last, or the run began.
    var lastProgress = ContinuousClock.now
    let completion: (Result<[QueryResult], PostgresError>) -> Void

    /// What to report when the connection has ended because of `error`.
    func lost(_ error: PostgresError) -> PostgresError {
        segment?.outcome(lost: error) ?? scripts?.outcome(lost: error) ?? error
    }
}

/// Follows the answers to texts sent by the simple protocol, one after the other.
struct ScriptProgress {
    /// What has not been sent yet, the next first.
    var remaining: ArraySlice<String>
    var failure: PostgresError?

    func outcome(lost error: PostgresError) -> PostgresError {
        if let failure { return failure }
        var error = error
        error.mayHaveTakenEffect = true
        return error
    }
}
