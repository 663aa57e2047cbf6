import Testing

@testable import RemindersAMQP

struct AMQPConfigurationTests {
    @Test func readsEveryPartOfAnURL() throws {
        let configuration = try AMQPConfiguration(
            url: "amqp://us%40er:p%3Aw%2F@broker.example:5673/team%2Fone?heartbeat=3&connection_timeout=1500")
        #expect(configuration.host == "broker.example")
        #expect(configuration.port == 5673)
        #expect(configuration.virtualHost == "team/one")
        #expect(configuration.user == "us@er")
        #expect(configuration.password.reveal() == "p:w/")
        #expect(configuration.heartbeat == .seconds(3))
        #expect(configuration.connectTimeout == .milliseconds(1500))
        #expect(configuration.tls == nil)
    }

    @Test(arguments: [
        ("amqp://u:p@h", 5672, "/"), ("amqp://u:p@h/", 5672, "/"), ("amqp://u:p@h/%2F", 5672, "/"),
        ("amqps://u:p@h/v", 5671, "v"), ("amqp://u:p@h:1/v", 1, "v"),
    ])
    func fillsInDefaults(url: String, port: Int, virtualHost: String) throws {
        let configuration = try AMQPConfiguration(url: url)
        #expect(configuration.port == port)
        #expect(configuration.virtualHost == virtualHost)
    }

    @Test func takesAnIPv6Address() throws {
        let configuration = try AMQPConfiguration(url: "amqp://u:p@[::1]:5680/v")
        #expect(configuration.host == "::1")
        #expect(configuration.port == 5680)
    }

    @Test func takesSeveralNodes() throws {
        let configuration = try AMQPConfiguration(url: "amqp://u:p@one:5680,two,[::1]:7/v")
        #expect(
            configuration.endpoints.map { "\($0.host) \($0.port)" } == ["one 5680", "two 5672", "::1 7"])
        #expect(try AMQPConfiguration(url: "amqps://u:p@one,two").endpoints.map(\.port) == [5671, 5671])
        #expect("\(configuration)" == "amqp://u@one:5680,two:5672,::1:7/v")
    }

    @Test func takesCertificateFilesWithTLS() throws {
        let configuration = try AMQPConfiguration(
            url: "amqps://u:p@h/v?cacertfile=/etc/a.pem&certfile=/etc/c.pem&keyfile=/etc/k.pem")
        let expected = TLSOptions(
            certificateAuthorityFile: "/etc/a.pem", certificateFile: "/etc/c.pem", keyFile: "/etc/k.pem")
        #expect(configuration.tls == expected)
        #expect(try AMQPConfiguration(url: "amqps://u:p@h").tls == TLSOptions())
    }

    @Test(arguments: [
        "http://u:secret@h", "amqp://", "amqp://u:secret@", "amqp://u:secret@h:0", "amqp://u:secret@h:70000",
        "amqp://u:secret@h:5672x", "amqp://u:secret%zz@h", "amqp://u:secret%0@h", "amqp://u:secret%00@h",
        "amqp://u:secret%ff@h", "amqp://u:secret@[::1", "amqp://u:secret@[::1]x", "amqp://u:secret@h?heartbeat=0",
        "amqp://u:secret@h,", "amqp://u:secret@,h", "amqp://u:secret@h,i:0", "amqp://u:secret@h?unknown=1",
        "amqp://u:secret@h?cacertfile=/a", "amqp://u:secret#@h", "amqp://u:secret%+1@h",
    ])
    func refusesWhatIsNoAddressWithoutRepeatingIt(url: String) {
        let error = #expect(throws: AMQPError.self) { try AMQPConfiguration(url: url) }
        #expect(error.map { "\($0)".contains("secret") } == false)
    }

    /// Other clients are `guest` then.
    @Test(arguments: ["amqp://h", "amqps://h/v", "amqp://@h", "amqp://:secret@h"])
    func refusesAnAddressWithoutAUser(url: String) {
        let error = #expect(throws: AMQPError.self) { try AMQPConfiguration(url: url) }
        #expect(error?.text == "it names no user; write amqp://user:password@host")
    }

    @Test(arguments: [
        ("amqp://u:p@localhost", []), ("amqp://u:p@127.0.0.9:1/v", []), ("amqp://u:p@[::1]", []),
        ("amqps://u:p@broker.example,10.0.0.1", []), ("amqp://u:p@broker.example", ["broker.example"]),
        ("amqp://u:p@localhost,10.0.0.1,[fe80::1]", ["10.0.0.1", "fe80::1"]),
        ("amqp://u:p@127.example", ["127.example"]),
    ])
    func saysWhereItGoesInClearTextBeyondThisMachine(url: String, hosts: [String]) throws {
        #expect(try AMQPConfiguration(url: url).clearTextHosts == hosts)
    }

    @Test func refusesAVirtualHostThatIsTooLong() {
        let url = "amqp://u:p@h/" + String(repeating: "v", count: 256)
        #expect(throws: AMQPError.self) { try AMQPConfiguration(url: url) }
    }

    @Test func printsNoPassword() throws {
        let configuration = try AMQPConfiguration(url: "amqps://user:canary@h/v")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("canary"))
        }
        #expect("\(configuration)" == "amqps://user@h:5671/v")
    }
}
