import Testing

/// The whole system as its users meet it: the real programs as processes, a real PostgreSQL and RabbitMQ, and a catcher
/// in the place of mail server and Mattermost. One scene after the other, for each wants the machine for itself.
@Suite(.serialized, .timeLimit(.minutes(FaultScene.isLong ? 20 : 3)))
enum EndToEnd {}
