import PluginAPI

/// Rules in the manner of HiveMQ's permissions, in sections that say of whom they speak:
///
///     # What holds where no rule does: allow, deny or next (the next plugin is asked); deny if it is not said.
///     otherwise deny
///
///     everyone
///     allow subscribe topic news/#
///
///     anonymous
///     deny all topic #
///
///     user alice
///     allow all qos 0,1 topic home/${clientid}/#
///
///     client sensor-1
///     allow publish not-retained topic sensors/1
///
///     group operators
///     member alice
///     member bob
///     allow subscribe topic $SYS/#
///
/// Rules are those of ``PermissionLine``. All that speak of a client are gone through in the order of the file, and the
/// first that covers what it wants decides. A client may subscribe to a filter if a rule allows all that it could match.
/// A place in a topic can be misused by who chooses the name: a client whose name has `+`, `#` or `/` in it may do
/// nothing more from the first rule on that puts this name into a topic.
enum PermissionsFile {
    /// What the lines below speak of.
    private enum Section {
        case none
        case subject(AccessRules.Subject)
        case group(String)
    }

    static let longestLine = 70_000
    /// Groups of a file, and members of all of them together.
    static let mostGroups = 1_000
    static let mostMembers = 100_000

    static func read(_ bytes: [UInt8], file: String) throws(KeyFileFaults) -> AccessRules {
        let lines = try KeyFileLines(bytes, file: file, longestLine: longestLine).lines
        var faults: [KeyFileFault] = []
        let members = members(lines.map(\.text))
        var rules = AccessRules(otherwise: .deny, subscribing: .mustBeCovered, dangerous: "+#/")
        var section = Section.none
        var saysOtherwise = false
        if members.count > mostGroups || members.values.reduce(0, { $0 + $1.count }) > mostMembers {
            let problem = "there are more than \(mostGroups) groups, or more than \(mostMembers) members"
            throw KeyFileFaults([KeyFileFault(file: file, problem: problem)])
        }
        for (number, line) in lines {
            do throws(PermissionLine.Fault) {
                var words = Words(line)
                let word = words.next()
                if word.isEmpty || word.utf8.first == UInt8(ascii: "#") { continue }
                if PermissionLine.begins(word) {
                    let rule = try PermissionLine(line).rule
                    if let limit = rules.append(rule, for: try subjects(section, members)) {
                        throw PermissionLine.Fault(limit)
                    }
                } else if word == "otherwise" {
                    guard !saysOtherwise else { throw PermissionLine.Fault("\"otherwise\" is there already") }
                    saysOtherwise = true
                    rules.otherwise = try otherwise(words.rest)
                } else {
                    section = try Self.section(word, words.rest, in: section)
                }
            } catch {
                faults.append(KeyFileFault(file: file, line: number, problem: error.problem))
            }
            if faults.count >= KeyFileFaults.limit { break }
        }
        guard faults.isEmpty else { throw KeyFileFaults(faults) }
        return rules
    }

    /// The users of each group. Faults are found later.
    private static func members(_ lines: [String]) -> [String: [String]] {
        var result: [String: [String]] = [:]
        var group: String?
        for line in lines {
            var words = Words(line)
            switch words.next() {
            case "group":
                group = String(words.rest)
                result[String(words.rest), default: []] += []
            case "member": if let group { result[group, default: []].append(String(words.rest)) }
            case "everyone", "anonymous", "user", "client": group = nil
            default: break
            }
        }
        return result
    }

    private static func subjects(
        _ section: Section, _ members: [String: [String]]
    ) throws(PermissionLine.Fault) -> [AccessRules.Subject] {
        switch section {
        case .none:
            throw PermissionLine.Fault(
                "before the first rule stands of whom it speaks: everyone, anonymous, user NAME, client NAME or group NAME"
            )
        case .subject(let subject): [subject]
        case .group(let name): Set(members[name] ?? []).map { .user(named: $0) }
        }
    }

    private static func otherwise(_ word: Substring) throws(PermissionLine.Fault) -> Permissions.Otherwise {
        switch word {
        case "allow": return .accept
        case "deny": return .deny
        case "next": return .next
        default: throw PermissionLine.Fault("behind \"otherwise\" stands \"allow\", \"deny\" or \"next\"")
        }
    }

    private static func section(
        _ word: Substring, _ name: Substring, in section: Section
    ) throws(PermissionLine.Fault) -> Section {
        func named() throws(PermissionLine.Fault) -> String {
            guard !name.isEmpty else { throw PermissionLine.Fault("the name is missing behind \"\(word)\"") }
            return String(name)
        }
        switch word {
        case "everyone", "anonymous":
            guard name.isEmpty else { throw PermissionLine.Fault("nothing stands behind \"\(word)\"") }
            return .subject(word == "everyone" ? .everyone : .anonymous)
        case "user": return .subject(.user(named: try named()))
        case "client": return .subject(.client(named: try named()))
        case "group": return .group(try named())
        case "member":
            guard case .group = section else { throw PermissionLine.Fault("\"member\" stands below a \"group\"") }
            _ = try named()
            return section
        default:
            throw PermissionLine.Fault(
                "a line begins with allow, deny, otherwise, everyone, anonymous, user, client, group or member, not "
                    + KeyFileFault.quoted(word))
        }
    }
}
