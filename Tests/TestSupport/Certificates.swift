import Foundation

/// A certificate authority and a server's certificate from it, made by openssl, as PEM files.
public struct Certificates: Sendable {
    /// The authority's certificate: what a client is to trust.
    public let authority: URL
    /// The server's certificate.
    public let certificate: URL
    /// The server's private key, without a password.
    public let key: URL

    /// Makes new ones.
    ///
    /// - Parameters:
    ///   - names: Subject alternative names in openssl's words, such as `DNS:localhost` and `IP:127.0.0.1`.
    ///   - expired: Whether the server's certificate was valid in the past only.
    /// - Throws: `CommandFailed`.
    public static func make(
        names: [String] = ["DNS:localhost", "IP:127.0.0.1"], expired: Bool = false
    ) async throws -> Certificates {
        let folder = Scratch.path("certificates")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = { (name: String) in folder.appendingPathComponent(name) }
        let (authority, authorityKey) = (file("authority.pem"), file("authority.key"))
        let (certificate, key, request) = (file("server.pem"), file("server.key"), file("server.csr"))
        let elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

        try await Command.run(
            "openssl",
            ["req", "-x509"] + elliptic + [
                "-keyout", authorityKey.path, "-out", authority.path, "-days", "2", "-subj", "/CN=Test authority",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
            ])
        let extensions = file("extensions")
        try "subjectAltName=\(names.joined(separator: ","))\nextendedKeyUsage=serverAuth\n"
            .write(to: extensions, atomically: true, encoding: .utf8)
        try await Command.run(
            "openssl",
            ["req", "-new"] + elliptic + ["-keyout", key.path, "-out", request.path, "-subj", "/CN=Test server"])
        // A negative number of days ends in the past (openssl-x509(1)).
        try await Command.run(
            "openssl",
            [
                "x509", "-req", "-in", request.path, "-CA", authority.path, "-CAkey", authorityKey.path,
                "-CAcreateserial", "-out", certificate.path, "-days", expired ? "-1" : "2",
                "-extfile", extensions.path,
            ])
        return Certificates(authority: authority, certificate: certificate, key: key)
    }
}
