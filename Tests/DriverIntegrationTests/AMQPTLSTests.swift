import Foundation
import RemindersAMQP
import TestSupport
import Testing

extension AMQPOwnBroker {
    /// Encrypted connections: whom they trust and whom they do not.
    struct TLS {
        @Test func publishesAndConsumesWithATrustedCertificate() async throws {
            let encrypted = try await AMQPOwnBroker.encrypted.value
            let configuration = try encrypted.configuration(host: "localhost", authority: encrypted.authority.path)
            let queue = AMQPSupport.name()
            let topology = Topology(queues: [.quorum(queue)])
            try await AMQPSupport.withPublisher(configuration, topology: topology) { publisher in
                try await AMQPSupport.withConsumer(configuration, queue: queue, prefetch: 500) { consumer in
                    var messages = AMQPSupport.messages(500, to: queue)
                    messages[250].body = Array(repeating: 7, count: 200_000)
                    #expect(await publisher.publish(messages).allSatisfy { $0 == .confirmed })
                    let deliveries = try await consumer.take(500)
                    #expect(deliveries[250].body.count == 200_000)
                    consumer.acknowledge(deliveries)
                }
            }
            try await eventually { try await AMQPSupport.counts(configuration, queue).messages == 0 }
        }

        @Test func refusesACertificateForAnotherHost() async throws {
            let encrypted = try await AMQPOwnBroker.encrypted.value
            let configuration = try encrypted.configuration(host: "127.0.0.1", authority: encrypted.authority.path)
            let error = await #expect(throws: AMQPError.self) {
                try await queueStatus(configuration: configuration, queue: "q")
            }
            // AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED
            #expect(error?.code == .library(-0x201))
        }

        @Test func refusesAnUnknownAuthority() async throws {
            let encrypted = try await AMQPOwnBroker.encrypted.value
            let configuration = try encrypted.configuration(host: "localhost", authority: nil)
            let error = await #expect(throws: AMQPError.self) {
                try await queueStatus(configuration: configuration, queue: "q")
            }
            // AMQP_STATUS_SSL_PEER_VERIFY_FAILED, or the handshake fails before that: AMQP_STATUS_SSL_CONNECTION_FAILED.
            #expect([.library(-0x202), .library(-0x203)].contains(error?.code))
        }

        /// The handshake alone: no broker is needed to be refused.
        @Test func refusesACertificateThatHasExpired() async throws {
            let expired = try await Certificates.make(names: ["DNS:localhost"], expired: true)
            let valid = try await Certificates.make(names: ["DNS:localhost"])
            for (certificates, isTrusted) in [(expired, false), (valid, true)] {
                let server = try await TLSServer.start(certificates)
                let configuration = try AMQPSupport.configuration(
                    url: "amqps://u:p@localhost:\(server.port)/v?cacertfile=\(certificates.authority.path)")
                let error = try await #require(throws: AMQPError.self) {
                    try await queueStatus(configuration: configuration, queue: "q")
                }
                // AMQP_STATUS_SSL_PEER_VERIFY_FAILED and AMQP_STATUS_SSL_CONNECTION_FAILED; the valid one fails later, as no
                // AMQP is spoken there.
                let isRefused = [.library(-0x202), .library(-0x203)].contains(error.code)
                #expect(isRefused == !isTrusted, "\(error)")
            }
        }

        @Test func saysThatTheAuthorityFileIsMissing() async throws {
            let encrypted = try await AMQPOwnBroker.encrypted.value
            let configuration = try encrypted.configuration(host: "localhost", authority: "/nonexistent.pem")
            let error = await #expect(throws: AMQPError.self) {
                try await queueStatus(configuration: configuration, queue: "q")
            }
            #expect(error.map { "\($0)".contains("/nonexistent.pem") } == true)
        }

        @Test func aPeerThatSpeaksNoTLSIsGivenUpInTime() async throws {
            let encrypted = try await AMQPOwnBroker.encrypted.value
            var configuration = try encrypted.configuration(host: "localhost", authority: encrypted.authority.path)
            configuration.port = encrypted.plain.port
            configuration.connectTimeout = .seconds(1)
            let start = ContinuousClock.now
            await #expect(throws: AMQPError.self) { try await queueStatus(configuration: configuration, queue: "q") }
            #expect(ContinuousClock.now - start < .seconds(4))
        }
    }
}
