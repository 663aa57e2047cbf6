import RemindersDomain
import Testing

/// When a deployment may work on a database.
@Suite struct DeploymentTests {
    @Test(
        arguments: [
            (nil, nil, true, "own"), (nil, nil, false, "own"),
            ("production", nil, true, "held"), ("production", nil, false, "held"),
            ("production", "production", true, "own"), ("production", "production", false, "held"),
            ("production", "staging", true, "held"), ("production", "staging", false, "held"),
            (nil, "production", true, "adopts"), (nil, "production", false, "held"),
        ] as [(String?, String?, Bool, String)])
    func `a database is a deployment's own, becomes it, or is held`(
        stored: String?, here: String?, isInPlace: Bool, expected: String
    ) {
        let verdict = DeploymentVerdict(
            of: here.flatMap { DeploymentName($0) },
            on: DatabaseClaim(
                name: stored.flatMap { DeploymentName($0) }, isInPlace: isInPlace, claimedAt: .distantPast, epoch: ""))
        let word =
            switch verdict {
            case .own: "own"
            case .adopts: "adopts"
            case .held: "held"
            }
        #expect(word == expected)
        #expect((verdict.reason == nil) == (expected != "held"))
    }

    @Test func `a name is a word for settings and logs`() {
        for good in ["production", "p", "eu-1.staging_2", String(repeating: "a", count: 63)] {
            #expect(DeploymentName(good) != nil, "\(good)")
        }
        for bad in ["", "Production", "-a", "a b", "å", "a\n", String(repeating: "a", count: 64)] {
            #expect(DeploymentName(bad) == nil, "\(bad)")
        }
    }
}
