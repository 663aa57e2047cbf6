/// A condition that did not come to hold in time.
public struct NotInTime: Error, CustomStringConvertible {
    /// What was waited for, for how long, and what was seen instead.
    public let description: String

    /// What was waited for, for how long, and what was seen instead.
    public init(description: String) { self.description = description }
}

/// Waits until `condition` holds: the only place in the tests that sleeps.
///
/// - Parameters:
///   - limit: How long to wait at most.
///   - what: What is waited for, in words, for the error.
///   - condition: Tried at once and then every few milliseconds. An error it throws counts as "not yet"; the last
///     one is part of the error that is thrown in the end.
/// - Throws: `NotInTime`, or `CancellationError`.
public func eventually(
    within limit: Duration = .seconds(10), _ what: String = "the condition",
    isolation: isolated (any Actor)? = #isolation, condition: () async throws -> Bool
) async throws {
    try await eventuallySome(within: limit, what, isolation: isolation) { try await condition() ? true : nil }
}

/// Waits until `value` is not nil, and returns it.
///
/// - Parameters:
///   - limit: How long to wait at most.
///   - what: What is waited for, in words, for the error.
///   - value: Tried at once and then every few milliseconds. An error it throws counts as "not yet".
/// - Throws: `NotInTime`, or `CancellationError`.
@discardableResult
public func eventuallySome<Value>(
    within limit: Duration = .seconds(10), _ what: String = "the value",
    isolation: isolated (any Actor)? = #isolation, value: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    var pause = Duration.milliseconds(1)
    while true {
        var lastError: (any Error)?
        do {
            if let found = try await value() { return found }
        } catch let error as CancellationError {
            throw error
        } catch {
            lastError = error
        }
        guard clock.now < deadline else {
            let seen = lastError.map { "; last error: \($0)" } ?? ""
            throw NotInTime(description: "\(what) did not come within \(limit)\(seen)")
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(20))
    }
}
