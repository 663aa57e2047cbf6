import RemindersGround

/// What `question` answers, or something else when that takes too long: then it goes on by itself, and its answer is
/// dropped. A task group would wait for it, also when it hangs.
func firstAnswer<Answer: Sendable>(
    within limit: Duration, otherwise late: Answer, _ question: @escaping @Sendable () async -> Answer
) async -> Answer {
    let answers = Mailbox<Answer>()
    let timer = Task {
        try await Task.sleep(for: limit)
        answers.put(late)
    }
    Task {
        answers.put(await question())
        timer.cancel()
    }
    // Not in this task: who asks may be cancelled, and still wants an answer.
    return await Task { await answers.take(upTo: 1) }.value?.first ?? late
}
