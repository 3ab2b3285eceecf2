import BrokerTestKit
import BrokerTransport
import Foundation

/// Certificates for one test, made by `openssl` in a directory that goes with it.
final class TestCertificates: Sendable {
    let directory: String

    /// Two authorities, `ca` and `other`.
    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("doors-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for name in ["ca", "other"] {
            try run(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                path("\(name).key"), "-out", path("\(name).pem"), "-subj", "/CN=\(name)", "-days", "30")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// Makes `name.pem` and `name.key`, signed by an authority.
    ///
    /// - Parameters:
    ///   - subject: as `openssl req -subj` takes it.
    ///   - days: until it expires; -1 for one that has expired.
    func issue(
        _ name: String, subject: String = "/CN=localhost", by authority: String = "ca", days: Int = 30,
        rsa: Bool = false
    ) throws {
        let kind = rsa ? ["-newkey", "rsa:2048"] : ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        try run(
            ["req"] + kind + [
                "-nodes", "-keyout", path("\(name).key"), "-out", path("\(name).csr"), "-subj", subject,
            ])
        try Data("subjectAltName=DNS:localhost,IP:127.0.0.1\n".utf8).write(
            to: URL(fileURLWithPath: path("extensions")))
        try run(
            "x509", "-req", "-in", path("\(name).csr"), "-CA", path("\(authority).pem"), "-CAkey",
            path("\(authority).key"), "-CAcreateserial", "-days", "\(days)", "-extfile", path("extensions"), "-out",
            path("\(name).pem"))
    }

    /// What a listener shows.
    func identity(_ name: String) -> ServerIdentity {
        .pem(certificate: path("\(name).pem"), privateKey: path("\(name).key"), password: nil)
    }

    /// Puts one file in another's place at once, as a tool that renews certificates does.
    func replace(_ name: String, by other: String) throws {
        // Safe: the texts last for the call.
        guard unsafe rename(path(other), path(name)) == 0 else { throw TestFailure("cannot rename \(other)") }
    }

    @discardableResult
    func run(_ arguments: String...) throws -> String { try run(arguments) }

    /// What `openssl` prints.
    ///
    /// - Parameter input: what it reads.
    @discardableResult
    func run(_ arguments: [String], input: [UInt8] = [], mayFail: Bool = false) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        let (stdin, output) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input))
        try stdin.fileHandleForWriting.close()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard mayFail || process.terminationStatus == 0 else {
            throw TestFailure("openssl \(arguments.joined(separator: " ")): \(text)")
        }
        return text
    }
}
