import Foundation

/// An authority of a test, whose certificates `openssl` makes.
struct Authority: Sendable {
    private let directory: TemporaryDirectory

    init() async throws {
        directory = try TemporaryDirectory()
        try await openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            path("ca.key"), "-out", path("ca.pem"), "-subj", "/CN=authority", "-days", "2")
    }

    /// The authority's own certificate.
    var certificate: String { path("ca.pem") }

    func path(_ name: String) -> String { directory.file(name) }

    /// Makes `name.pem` and `name.key` for this machine, or for a client of that name.
    func issue(_ name: String, isRSA: Bool = false) async throws {
        let kind = isRSA ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        try await ChildProcess(
            "openssl",
            ["req", "-newkey"] + kind + [
                "-nodes", "-keyout", path("\(name).key"), "-out", path("\(name).csr"), "-subj", "/CN=\(name)",
            ]
        ).success()
        _ = try directory.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n", to: "extensions")
        try await openssl(
            "x509", "-req", "-in", path("\(name).csr"), "-CA", certificate, "-CAkey", path("ca.key"), "-CAcreateserial",
            "-days", "2", "-extfile", path("extensions"), "-out", path("\(name).pem"))
    }

    private func openssl(_ arguments: String...) async throws { try await ChildProcess("openssl", arguments).success() }

    /// A listener that shows the certificate of that name.
    func listener(_ kind: String, _ name: String, more: String = "") -> String {
        """
        <\(kind)><port>0</port><bind-address>127.0.0.1</bind-address><tls>
          <certificate>\(path("\(name).pem"))</certificate><private-key>\(path("\(name).key"))</private-key>\(more)
        </tls></\(kind)>
        """
    }
}
