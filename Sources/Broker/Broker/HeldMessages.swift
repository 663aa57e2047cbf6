import RemindersAMQP
import RemindersStore

extension DeploymentGuard {
    /// Gives messages back that came while everything is held, after a moment: they would come again at once.
    public func giveBack(_ messages: [Delivery], to consumer: Consumer) async {
        try? await Task.sleep(for: .milliseconds(500))
        consumer.reject(messages, requeue: true)
    }
}
