import RemindersDomain
import SeededRandom
import Testing

@Suite("Channels") struct ChannelSetTests {
    private let all = ChannelKind.withColumns + ["a-pager", "sms", "webhook"].compactMap(ChannelKind.init(rawValue:))

    @Test(
        "a name is lower-case letters, digits and hyphens",
        arguments: [
            ("email", true), ("webhook", true), ("sms-2", true), ("a", true), (String(repeating: "a", count: 31), true),
            ("", false), ("Email", false), ("2sms", false), ("-x", false), ("a b", false), ("a_b", false), ("é", false),
            ("email ", false), (String(repeating: "a", count: 32), false), ("a\u{0}", false),
        ])
    func names(name: String, isOne: Bool) {
        #expect((ChannelKind(rawValue: name) != nil) == isOne)
    }

    @Test("the order is that of the columns, then the names")
    func order() {
        #expect(
            all.shuffled().sorted().map(\.rawValue) == ["email", "mattermost", "frontend", "a-pager", "sms", "webhook"])
        #expect(ChannelSet(all.shuffled()).channels == all)
        #expect("\(ChannelSet(all))" == "email, mattermost, frontend, a-pager, sms, webhook")
        #expect("\(ChannelSet())" == "none")
    }

    @Test("it does what a set does, whatever is in it")
    func likeASet() {
        for seed in 0..<2_000 {
            var generator = SeededGenerator(seed: UInt64(seed))
            func some() -> [ChannelKind] { all.filter { _ in generator.next() & 1 == 0 } }
            let (left, right) = (some(), some())
            let (a, b) = (ChannelSet(left), ChannelSet(right))
            let (x, y) = (Set(left), Set(right))
            #expect(Set(a.union(b).channels) == x.union(y))
            #expect(Set(a.intersection(b).channels) == x.intersection(y))
            #expect(Set(a.subtracting(b).channels) == x.subtracting(y))
            #expect(Set(a.symmetricDifference(b).channels) == x.symmetricDifference(y))
            #expect(a.isEmpty == x.isEmpty)
            #expect((a == b) == (x == y))
            #expect(a.isSubset(of: b) == x.isSubset(of: y))
            for channel in all {
                #expect(a.contains(channel) == x.contains(channel))
                var (more, wanted) = (a, x)
                more.insert(channel)
                wanted.insert(channel)
                #expect(Set(more.channels) == wanted)
                more.remove(channel)
                wanted.remove(channel)
                #expect(Set(more.channels) == wanted)
                #expect(more.channels == more.channels.sorted())
            }
        }
    }

    @Test("a registry has each kind once, and words for those it does not know")
    func registry() throws {
        let sms = try #require(ChannelKind(rawValue: "sms"))
        let text = ChannelDescription(kind: sms, name: "Text message", way: "as a text message", switchWord: "SMS")
        let registry = ChannelRegistry.standard.adding(text).adding(text)
        #expect(registry.kinds == [.email, .mattermost, .frontend, sms])
        #expect(registry.words([.email, sms]) == "by email and as a text message")
        #expect(ChannelRegistry.standard.words([sms]) == "through sms")
        #expect(registry.words([]).isEmpty)
    }
}
