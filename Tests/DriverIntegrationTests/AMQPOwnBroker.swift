import Foundation
import RemindersAMQP
import TestSupport
import Testing

/// Tests that need a broker to themselves: one for all of them, one test at a time.
@Suite(.serialized)
enum AMQPOwnBroker {
    /// A broker with a certificate for "localhost" from an authority of its own.
    struct Encrypted {
        let authority: URL
        let server: RabbitMQServer
        let plain: AMQPConfiguration
        let port: Int

        /// The address of the encrypted port.
        func configuration(host: String, authority: String?) throws -> AMQPConfiguration {
            let userInfo = try #require(server.url.dropFirst("amqp://".count).split(separator: "@").first)
            let query = authority.map { "?cacertfile=\($0)" } ?? ""
            return try AMQPSupport.configuration(
                url: "amqps://\(userInfo)@\(host):\(port)/\(plain.virtualHost)\(query)")
        }
    }

    static let encrypted = Task {
        let certificates = try await Certificates.make(names: ["DNS:localhost"])
        let port = try await Port.free()
        let server = try await RabbitMQServer.start(
            configuration: """
                listeners.ssl.1 = 127.0.0.1:\(port)
                ssl_options.cacertfile = DIRECTORY/\(certificates.authority.lastPathComponent)
                ssl_options.certfile = DIRECTORY/\(certificates.certificate.lastPathComponent)
                ssl_options.keyfile = DIRECTORY/\(certificates.key.lastPathComponent)
                ssl_options.versions.1 = tlsv1.2
                ssl_options.versions.2 = tlsv1.1

                """, files: [certificates.authority, certificates.certificate, certificates.key])
        return Encrypted(
            authority: certificates.authority, server: server, plain: try AMQPConfiguration(url: server.url),
            port: Int(port))
    }
}
