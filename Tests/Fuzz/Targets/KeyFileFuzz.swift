import BundledPlugins
import PluginAPI

/// Reads bytes as files of users and rules and looks whether what comes out is consistent.
package enum KeyFileFuzz {
    /// For a fuzzer: the first byte chooses the kind of file, the others are the file. Traps on a contradiction.
    ///
    /// - Returns: whether the file was good.
    @discardableResult
    package static func fuzz(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return false }
        let file = Array(bytes.dropFirst())
        switch first % 3 {
        case 0: return users(file)
        case 1: return rules(file, .mosquitto)
        default: return rules(file, .permissions)
        }
    }

    /// Users that were read, written again and read again are the same.
    private static func users(_ bytes: [UInt8]) -> Bool {
        var text = PasswordFileText(bytes)
        precondition(text.bytes == bytes)
        guard let table = try? PasswordTable(bytes, file: "users") else { return false }
        for (user, hash) in table.users.prefix(10) {
            let wasThere = text.set(user, hash)
            precondition(wasThere)
        }
        guard let again = try? PasswordTable(text.bytes, file: "users") else {
            preconditionFailure("a password file that was good is not when it is written again")
        }
        precondition(again.users == table.users)
        return true
    }

    /// No name of a client puts a wildcard into a topic, and no topic is empty.
    private static func rules(_ bytes: [UInt8], _ format: AccessFileFormat) -> Bool {
        guard let rules = try? AccessFilePlugin.rules(bytes, format, file: "access") else { return false }
        let plain = rules.permissions(clientIdentifier: "client", userName: "user")
        precondition(plain.list.count <= rules.count && plain.list.allSatisfy { !$0.topic.isEmpty })
        for (identifier, userName) in [("id-#", "user"), ("client", "na-+me"), ("", nil), ("a", "")] {
            let list = rules.permissions(clientIdentifier: identifier, userName: userName).list
            precondition(list.allSatisfy { !$0.topic.contains("id-#") && !$0.topic.contains("na-+me") })
        }
        return true
    }
}
