import RemindersDomain
import Testing

@testable import RemindersContracts

@Suite("Users of the broker") struct BrokerUserTests {
    /// What each may do, written down by hand: by name of user, the exchanges and queues it may publish to and consume.
    private static let expected: [String: (write: Set<String>, read: Set<String>)] = [
        "scheduler": (["reminders.due", "reminders.dead"], ["scheduler.case-events"]),
        "rate-limiter": (["reminders.deliveries", "reminders.dead", "reminders.log"], ["rate-limiter.due"]),
        "email-sender": (["reminders.retry", "reminders.dead", "reminders.log"], ["email-sender.deliveries"]),
        "mattermost-sender": (
            ["reminders.retry", "reminders.dead", "reminders.log"], ["mattermost-sender.deliveries"]
        ),
        "frontend-push": (
            ["reminders.retry", "reminders.dead", "reminders.log", "reminders.popups", "frontend-push.popups.1x"],
            ["frontend-push.deliveries", "reminders.popups", "frontend-push.popups.1x"]
        ),
        "api": (["amq.default"], []),
        "case-events": (["case.events"], []),
        "operator": (
            ["amq.default"],
            [
                "scheduler.case-events", "rate-limiter.due", "email-sender.deliveries", "mattermost-sender.deliveries",
                "frontend-push.deliveries",
            ]
        ),
    ]

    /// Everything that there may be on the virtual host, and names that look like it.
    private static let names =
        Exchange.allCases.map(\.rawValue) + BrokerTopology.allQueues().map(\.name)
        + [
            "amq.default", "amq.topic", "frontend-push.popups.1x", "frontend-push.popups.", "frontend-push.popups.A",
            "remindersXdue", "xreminders.due", "reminders.due.more", "rate-limiter.due2", "other", "",
        ]

    private func matches(_ expression: String) throws -> Set<String> {
        let regex = try Regex(expression)
        return Set(try Self.names.filter { try regex.wholeMatch(in: $0) != nil }).subtracting([""])
    }

    @Test("may publish to and consume what they need, and nothing else", arguments: expected.keys.sorted())
    func least(name: String) throws {
        let user = try #require(BrokerUser.all().first { $0.name == name })
        let wanted = try #require(Self.expected[name])
        let may = user.permissions()
        #expect(try matches(may.write) == wanted.write)
        #expect(try matches(may.read) == wanted.read)
        #expect(try matches(may.configure) == (name == "frontend-push" ? ["frontend-push.popups.1x"] : []))
    }

    @Test("are one for each process, one for applications, one for operators and one that declares")
    func all() throws {
        #expect(Set(BrokerUser.all().map(\.name)) == Set(Self.expected.keys).union(["deploy"]))
        let few = ChannelRegistry(ChannelRegistry.standard.channels.filter { $0.kind == .email })
        let names = BrokerUser.all(of: few).map(\.name)
        #expect(names == ["scheduler", "rate-limiter", "email-sender", "api", "case-events", "operator", "deploy"])
        #expect(
            BrokerUser.rateLimiter(of: few).neededQueues.filter { $0.hasSuffix(".deliveries") } == [
                "email-sender.deliveries"
            ])
    }

    @Test("who declare may configure all of ours and nothing of others")
    func deploy() throws {
        let may = BrokerUser.deploy.permissions()
        let ours = Set(Exchange.allCases.map(\.rawValue) + BrokerTopology.allQueues().map(\.name))
        #expect(try matches(may.configure) == ours)
        #expect(try matches(may.read) == ours)
        #expect(
            try matches(may.write)
                == Set(BrokerTopology.allQueues().map(\.name)).union(["reminders.dead", "amq.default"]))
    }

    @Test("need their own queues with all that belongs to them, and of others those their messages go to")
    func needed() {
        #expect(
            BrokerUser.scheduler.neededQueues == [
                "scheduler.case-events", "scheduler.case-events.dead", "rate-limiter.due",
            ])
        let sender = BrokerUser.sender(of: .email, in: .standard)
        #expect(sender.neededQueues == BrokerTopology.queues(of: .deliveries(of: .email)).map(\.name))
        #expect(sender.queues == [.deliveries(of: .email)])
    }

    @Test("of a channel with a process of its own name are named after it")
    func processes() throws {
        let wall = try #require(ChannelKind(rawValue: "wall"))
        let channels = ChannelRegistry.standard.adding(
            ChannelDescription(kind: wall, name: "Wall", way: "on a wall", switchWord: nil, process: "projector"))
        let user = BrokerUser.sender(of: wall, in: channels)
        #expect(user.name == "projector")
        #expect(user.permissions(of: channels).read == #"^(projector\.deliveries)$"#)
    }
}
