import RemindersContracts
import RemindersDomain
import SeededRandom
import TestSupport
import Testing

@testable import RemindersRateLimiting
@testable import RemindersStore

/// Messages have of a case what their recipient may know; the rule is compared with one written here over random states.
@Suite(.timeLimit(.minutes(1))) struct CaseReadersTests {
    private func decide(
        _ ids: [Int64], _ store: ReminderStore, _ reading: CaseReading
    ) async throws -> (sent: [DeliveryRequested], ended: [String]) {
        var switches = DecisionFacts.Switches(channels: .all, limit: nil)
        switches.casesReadBy = reading
        let policy = RateLimiter.Policy(switches: switches)
        return try await store.decide(occurrences: ids, switches: switches) { batch in
            var decision = BatchDecision(batch, policy: policy, isRelease: false)
            decision.decide()
            return (decision.writes, (decision.outgoing.map(\.request), decision.ended.map { $0.logged.reason ?? "" }))
        }
    }

    @Test(arguments: UInt64(1)...2)
    func `who may know a case is shown it, nobody else is`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2", "3")
        let store = try scene.store(as: .rateLimiter)
        let people = ["1", "2", "3", "mailto:x@example.org"]
        var outcomes: Set<String> = []
        for number in 0..<40 {
            func some(_ all: [String]) -> [String] { all.filter { _ in Bool.random(using: &random) } }
            let readers = Int.random(in: 0..<4, using: &random) == 0 ? nil : some(people)
            let creator = ["1", "2", "service", nil].randomElement(using: &random) ?? nil
            let isByCase = Bool.random(using: &random)
            let reading = CaseReading.allCases.randomElement(using: &random) ?? .everybody
            try await scene.run(
                """
                INSERT INTO cases (entity_type, id, title, status, url, readers) VALUES ('case', 'c\(number)', 'Merger', 'open',
                    'https://crm.example.org/1', \(readers.map { "'{\($0.joined(separator: ","))}'" } ?? "NULL"));
                INSERT INTO sag_reminders (id, sag_id, title, recipient_user_ids, recipient_emails, created_by, trigger_type,
                    trigger_config, scheduled_at)
                VALUES (\(1_000 + number), 'c\(number)', 'T', '{1,2,3}', '{X@example.org}', \(creator.map { "'\($0)'" } ?? "NULL"),
                    '\(isByCase ? "status_change" : "time_based")', '{}', '2031-01-01Z');
                INSERT INTO sag_reminder_queue (id, reminder_id, trigger_type, due_at, old_status, new_status, published_at)
                OVERRIDING SYSTEM VALUE VALUES (\(2_000_000 + number), \(1_000 + number),
                    '\(isByCase ? "status_change" : "time_based")', now(), \(isByCase ? "'ny', 'open'" : "NULL, NULL"), now());
                """)
            let (sent, ended) = try await decide([Int64(2_000_000 + number)], store, reading)
            let state =
                "\(readers.map { "\($0)" } ?? "nobody named"), created by \(creator ?? "nobody"), \(isByCase), \(reading)"
            if isByCase, let readers, let creator, ["1", "2"].contains(creator), !readers.contains(creator) {
                #expect(sent.isEmpty && Set(ended) == ["case_not_readable"], "\(state)")
                outcomes.insert("kept")
                continue
            }
            #expect(Set(sent.map(\.recipient.key)) == Set(people), "\(state)")
            for request in sent {
                let mayKnow = readers.map { $0.contains(request.recipient.key) } ?? (reading == .everybody)
                let about = request.reminder.about
                #expect(about.reference.id == "c\(number)" && request.reminder.title == "T")
                #expect((about.title != nil) == mayKnow && (about.status != nil) == mayKnow, "\(state)")
                #expect((about.url != nil) == mayKnow, "\(state)")
                #expect((request.reminder.event != nil) == (mayKnow && isByCase), "\(state)")
                outcomes.insert("\(mayKnow) \(readers == nil)")
            }
        }
        #expect(outcomes == ["kept", "true true", "false true", "true false", "false false"])
    }

    @Test func `an event names readers, leaves them, and takes them back`() async throws {
        let scene = try await Scene.make()
        func event(_ id: String, _ readers: String) throws -> CaseChange {
            let body =
                #"{"specversion":"1.0","id":"\#(id)","source":"/t","type":"case.changed.v1","data":{"id":1\#(readers)}}"#
            let event = try CaseEvent(decoding: Array(body.utf8))
            var change = CaseChange(
                source: "/t", eventID: id, type: event.type, about: event.data.reference, time: nil)
            switch event.data.readers {
            case .unchanged: change.readers = .unchanged
            case .unnamed: change.readers = .unnamed
            case .named(let names): change.readers = .named(names)
            }
            return change
        }
        for (id, readers, stored) in [
            ("1", "", "nobody"), ("2", #","readers":[7,"mailto:A@B.dk"]"#, "{7,mailto:a@b.dk}"),
            ("3", "", "{7,mailto:a@b.dk}"),
            ("4", #","readers":[]"#, "{}"), ("5", #","readers":null"#, "nobody"),
        ] {
            _ = try await scene.store.takeIn([try event(id, readers)])
            #expect(try await scene.texts("SELECT coalesce(readers::text, 'nobody') FROM cases") == [stored], "\(id)")
        }
        #expect(throws: ContractError.self) { try event("6", #","readers":[1.5]"#) }
        #expect(throws: ContractError.self) { try event("7", #","readers":"1""#) }
    }

    @Test func `a person who is erased is no reader any more, and the list still closes the case`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await scene.run(
            "INSERT INTO cases (entity_type, id, readers) VALUES ('case', 'a', '{1}'), ('case', 'b', '{2,1}'), ('case', 'c', NULL)"
        )
        let id = try await scene.store.beginErasure(of: try Erasable("1"), by: "x")
        #expect(try await scene.store.goOnErasing(id, for: .seconds(20)).finishedAt != nil)
        #expect(
            try await scene.texts("SELECT coalesce(readers::text, 'nobody') FROM cases ORDER BY id") == [
                "{}", "{2}", "nobody",
            ])
    }
}
