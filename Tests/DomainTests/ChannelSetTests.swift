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
        #expect(registry.words([.email, .frontend, sms]) == "by email, as a pop-up and as a text message")
        #expect(registry.words([]).isEmpty)
        // The later of two counts, at the place of the earlier.
        let louder = ChannelDescription(kind: .email, name: "Letter", way: "by letter", switchWord: nil)
        let changed = registry.adding(louder)
        #expect(changed.kinds == registry.kinds && changed[.email] == louder && changed[sms] == text)
        #expect(ChannelRegistry.standard[sms] == nil)
    }

    @Test("a registry knows who needs no address, who has another, and who stays apart, also when it is cut down")
    func addresses() throws {
        let sms = try #require(ChannelKind(rawValue: "sms"))
        let alone = ChannelDescription(
            kind: sms, name: "Text message", way: "as a text message", switchWord: "SMS", joinsDigests: false)
        let registry = ChannelRegistry.standard.adding(alone)
        #expect(registry.needingNoAddress == .frontend)
        #expect(registry.havingOperatorsAddress == .mattermost)
        #expect(registry.keepingApart == ChannelSet([.frontend, sms]))
        let fewer = registry.limited(to: [sms, .email])
        #expect(fewer.kinds == [.email, sms])
        #expect(fewer.needingNoAddress.isEmpty && fewer.havingOperatorsAddress.isEmpty)
        #expect(fewer.keepingApart == ChannelSet(sms))
    }

    @Test("a channel is sent through by the process it names, or by its kind's sender")
    func processes() throws {
        #expect(ChannelDescription.email.process == "email-sender")
        #expect(ChannelDescription.frontend.process == "frontend-push")
        #expect(ChannelDescription.kind(ofProcess: "email-sender") == .email)
        for other in ["frontend-push", "-sender", "Email-sender", "email-sender-2", ""] {
            #expect(ChannelDescription.kind(ofProcess: other) == nil, "\(other)")
        }
    }
}
