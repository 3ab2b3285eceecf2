/// Replaces `${NAME}` and `${ENV:NAME}` by values of the environment, as HiveMQ does, and `${CREDENTIAL:NAME}` by what
/// systemd passes as a credential (`LoadCredential=`): a secret that stands neither in the settings nor in the
/// environment.
///
/// It works on the text of one element, after the XML was read: a variable can change a value, never the structure.
/// What a variable holds is not looked at again.
struct EnvironmentReplacement: Sendable {
    /// Why a text could not be completed.
    enum Fault: Error, Equatable, CustomStringConvertible {
        case unset(String)
        case unclosed
        case credential(String, reason: String)

        var description: String {
            switch self {
            case .unset(let name): "the environment variable \(SettingsFault.quoted(name)) is not set"
            case .unclosed: "a \"${\" without the \"}\" that ends the name of an environment variable"
            case .credential(let name, let reason):
                "the credential \(SettingsFault.quoted(name)) cannot be used: \(reason)"
            }
        }
    }

    let environment: [String: String]

    func replace(_ text: String) throws(Fault) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstRange(of: "${") {
            result += rest[..<dollar.lowerBound]
            rest = rest[dollar.upperBound...]
            guard let end = rest.firstIndex(of: "}") else { throw .unclosed }
            var name = rest[..<end]
            if name.hasPrefix(Self.credentialPrefix) {
                result += try credential(String(name.dropFirst(Self.credentialPrefix.count)))
            } else {
                if name.hasPrefix("ENV:") { name = name.dropFirst(4) }
                guard let value = environment[String(name)] else { throw .unset(String(name)) }
                result += value
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    // MARK: - Credentials

    private static let credentialPrefix = "CREDENTIAL:"
    /// Bytes of a credential that may stand in the settings; systemd allows a megabyte.
    private static let longestCredential = 65_536

    /// The text of the file that systemd has put into `$CREDENTIALS_DIRECTORY`, without a line break at its end.
    private func credential(_ name: String) throws(Fault) -> String {
        guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else {
            throw .credential(name, reason: "$CREDENTIALS_DIRECTORY is not set, so no service manager passes any")
        }
        // It is the name of a file in that folder, never a way out of it.
        guard !name.isEmpty, name != ".", name != "..", !name.contains("/"), !name.utf8.contains(0) else {
            throw .credential(name, reason: "this is not the name of one")
        }
        let bytes: [UInt8]
        do {
            bytes = try HostFiles.read("\(folder)/\(name)", limit: Self.longestCredential)
        } catch {
            throw .credential(name, reason: error.description)
        }
        guard bytes.count <= Self.longestCredential else {
            throw .credential(name, reason: "it is longer than \(Self.longestCredential) bytes")
        }
        var line = bytes[...]
        if line.last == UInt8(ascii: "\n") { line.removeLast() }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard let text = String(validating: line, as: UTF8.self) else {
            throw .credential(name, reason: "it is not a text in UTF-8")
        }
        return text
    }
}
