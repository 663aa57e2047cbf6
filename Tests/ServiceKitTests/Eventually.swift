/// Whether the condition holds within ten seconds; asks again and again.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let limit = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < limit {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return false
}
