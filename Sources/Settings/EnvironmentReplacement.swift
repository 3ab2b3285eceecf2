/// Replaces `${NAME}` and `${ENV:NAME}` by values of the environment, as HiveMQ does.
///
/// It works on the text of one element, after the XML was read: a variable can change a value, never the structure.
/// What a variable holds is not looked at again.
struct EnvironmentReplacement: Sendable {
    /// Why a text could not be completed.
    enum Fault: Error, Equatable, CustomStringConvertible {
        case unset(String)
        case unclosed

        var description: String {
            switch self {
            case .unset(let name): "the environment variable \(SettingsFault.quoted(name)) is not set"
            case .unclosed: "a \"${\" without the \"}\" that ends the name of an environment variable"
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
            if name.hasPrefix("ENV:") { name = name.dropFirst(4) }
            guard let value = environment[String(name)] else { throw .unset(String(name)) }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
