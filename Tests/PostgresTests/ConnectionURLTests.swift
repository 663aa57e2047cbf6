import Testing

@testable import RemindersPostgres

@Suite("Database URLs") struct ConnectionURLTests {
    private func refusal(_ url: String) -> PostgresError? {
        do {
            _ = try PostgresConfiguration(url: url)
            return nil
        } catch {
            return error
        }
    }

    private func settings(_ url: String) throws -> ConnectionSettings {
        ConnectionSettings(try PostgresConfiguration(url: url), defaults: [:])
    }

    @Test(arguments: [
        "", "postgresql://u:hunter2@h:x/db", "postgresql://u:hunter2@h:70000/db", "postgresql://u:hunter2%zz@h/db",
        "hunter2", "host=h password=hunter2 nonsense=1", "password='hunter2", "postgres://u:hunter2@[::1/db",
        "postgresql://u:hunter2@h/db?sslmode=hunter2", "postgresql://u@h/db?password=hunter2&sslrootcert=system",
        "postgresql://u:hunter2@h/db\u{0}",
    ])
    func whatCannotBeReadIsRefusedWithoutRepeatingIt(_ url: String) throws {
        let error = try #require(refusal(url))
        #expect(error.code == .configuration)
        #expect(!"\(error) \(error.message)".contains("hunter2"))
    }

    @Test func anUnknownKeywordIsNamed() throws {
        let error = try #require(refusal("postgresql://u:hunter2@h/db?sslmod=require"))
        #expect(error.message.contains("sslmod"))
    }

    @Test func aConfigurationPrintsNoPassword() throws {
        let configuration = try PostgresConfiguration(url: "postgresql://u:hunter2@h:5433/db?sslmode=require")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped, "\([configuration])"] {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("u@h:5433/db"))
        }
    }

    @Test(arguments: [
        ("postgresql://u@db.example/x", "verify-full"), ("postgresql://u@10.0.0.1/x", "verify-full"),
        ("postgresql://u@127.0.0.1,db.example/x", "verify-full"), ("host=h hostaddr=10.0.0.1", "verify-full"),
        ("postgresql://u@127.example/x", "verify-full"), ("postgresql://u@h/x?sslmode=require", "require"),
        ("postgresql://u@db.example/x?sslmode=disable", "disable"),
        ("postgresql://u@db.example/x?sslmode=verify-full", "verify-full"),
        ("postgresql://u@localhost/x", nil), ("postgresql://u@127.0.0.1:5433/x", nil),
        ("postgresql://u@[::1]/x", nil), ("postgresql:///x", nil), ("host=/run/postgresql", nil),
    ])
    func remoteHostsAreEncryptedAndVerifiedUnlessSaidOtherwise(_ url: String, _ mode: String?) throws {
        #expect(try settings(url).values["sslmode"] == mode)
    }

    @Test func remoteHostsAreVerifiedByDebiansCertificatesUnlessSaidOtherwise() throws {
        #expect(try settings("postgresql://u@h/x").values["sslrootcert"] == "/etc/ssl/certs/ca-certificates.crt")
        #expect(try settings("postgresql://u@h/x?sslrootcert=/etc/own.pem").values["sslrootcert"] == "/etc/own.pem")
        #expect(try settings("postgresql://u@h/x?sslmode=require").values["sslrootcert"] == nil)
        let configuration = try PostgresConfiguration(url: "postgresql://u@h/x")
        let given = ConnectionSettings(configuration, defaults: ["sslrootcert": "/etc/of-the-environment.pem"])
        #expect(given.values["sslrootcert"] == nil, "libpq takes its own default")
    }

    @Test(arguments: [
        ("postgresql://u@h/x", []), ("postgresql://u@h/x?sslmode=require", []),
        ("postgresql://u@h/x?sslmode=disable", ["h"]),
        ("postgresql://u@h/x?sslmode=allow", ["h"]), ("postgresql://u@h/x?sslmode=prefer", ["h"]),
        ("postgresql://u@localhost,h:7/x?sslmode=prefer", ["h"]), ("host=/run/postgresql sslmode=disable", []),
        ("host=localhost hostaddr=10.0.0.1 sslmode=disable", ["localhost"]),
        ("hostaddr=10.0.0.1 sslmode=disable", ["10.0.0.1"]),
        ("postgresql://u@127.0.0.1/x?sslmode=disable", []),
        ("postgresql://u@h/x?sslmode=disable&gssencmode=require", []),
    ])
    func itSaysWhereItMayGoInClearTextBeyondThisMachine(_ url: String, _ hosts: [String]) throws {
        #expect(try settings(url).clearTextHosts == hosts)
    }

    @Test func hostsAddressesAndPortsBelongTogether() throws {
        typealias Host = ConnectionSettings.Host
        #expect(
            try settings("postgresql://a:1,b:2/x").hosts
                == [Host(name: "a", address: "", port: "1"), Host(name: "b", address: "", port: "2")])
        #expect(
            try settings("host=a,b port=7 hostaddr=10.0.0.1,").hosts
                == [Host(name: "a", address: "10.0.0.1", port: "7"), Host(name: "b", address: "", port: "7")])
        #expect(try settings("dbname=x").hosts == [Host(name: "", address: "", port: "")])
    }

    @Test(arguments: [
        ("postgresql://a:1,b:2/x", "read-write"), ("host=a,b", "read-write"), ("postgresql://a/x", nil),
        ("postgresql://a,b/x?target_session_attrs=any", "any"),
        ("postgresql://a,b/x?target_session_attrs=prefer-standby", "prefer-standby"),
    ])
    func ofSeveralHostsTheOneThatCanBeWrittenToIsMeant(_ url: String, _ attribute: String?) throws {
        let settings = try settings(url)
        #expect(settings.values["target_session_attrs"] == attribute)
        #expect(settings.leadsToThePrimary == (attribute == "read-write"))
    }

    @Test func limitsAndParametersBecomeOptionsOfTheSession() throws {
        var configuration = try PostgresConfiguration(url: "postgresql:///x?options=-c%20geqo%3Doff")
        configuration.statementTimeout = .milliseconds(1500)
        configuration.lockTimeout = .nanoseconds(1)
        configuration.idleInTransactionTimeout = nil
        configuration.parameters = ["search_path": "a, b\\c"]
        let options = ConnectionSettings(configuration, defaults: [:]).values["options"]
        #expect(
            options == "-c geqo=off -c lock_timeout=1 -c search_path=a,\\ b\\\\c -c statement_timeout=1500")
    }

    @Test func theURLsApplicationNameIsTakenOverAndSystemCertificatesAreDebians() throws {
        let settings = try settings(
            "postgresql://u@h/x?application_name=mine&sslmode=verify-full&sslrootcert=system")
        #expect(settings.values["application_name"] == "mine")
        #expect(settings.values["sslrootcert"] == "/etc/ssl/certs/ca-certificates.crt")
    }
}
