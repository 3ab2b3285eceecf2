import PluginAPI

/// Mosquitto's access control lists, with what they mean to Mosquitto 2.0:
///
/// - `topic [read|write|readwrite|deny] <filter>` speaks of the user of the last `user <name>` above it, before the first
///   `user` of clients without a user name.
/// - `pattern [read|write|readwrite|deny] <filter>` speaks of everybody; `%c` stands for the client identifier and `%u`
///   for the user name, and one with `%u` says nothing to a client without.
/// - What denies comes before what allows; patterns come after topics; what nothing allows is denied.
/// - Where there is a pattern, a client with `+` or `#` in its identifier or user name may do nothing but what topics say.
/// - Every subscription is granted, and each message is looked at before it is delivered.
/// - Lines that begin with `#` are comments. A topic with a space in it needs the word before it.
enum MosquittoAccessFile {
    /// A line that speaks of access.
    private struct Entry {
        let subject: AccessRules.Subject
        let isPattern: Bool
        let effect: Permission.Effect
        let activity: Permission.Activity
        let topic: String
    }

    static let longestLine = 70_000

    static func read(_ bytes: [UInt8], file: String) throws(KeyFileFaults) -> AccessRules {
        var faults: [KeyFileFault] = []
        var entries: [Entry] = []
        var subject = AccessRules.Subject.anonymous
        for (number, line) in try KeyFileLines(bytes, file: file, longestLine: longestLine).lines {
            if line.isEmpty || line.utf8.first == UInt8(ascii: "#") { continue }
            let (word, rest) = split(line[...])
            do throws(Fault) {
                switch word {
                case "user":
                    let name = rest.trimmed
                    guard !name.isEmpty else { throw Fault("the name is missing behind \"user\"") }
                    subject = .user(named: name)
                case "topic": entries.append(try entry(rest, subject, isPattern: false))
                case "pattern": entries.append(try entry(rest, .everyone, isPattern: true))
                default:
                    throw Fault(
                        "a line begins with \"user\", \"topic\" or \"pattern\", not \(KeyFileFault.quoted(word))")
                }
            } catch {
                faults.append(KeyFileFault(file: file, line: number, problem: error.problem))
            }
            if faults.count >= KeyFileFaults.limit { break }
        }
        guard faults.isEmpty else { throw KeyFileFaults(faults) }
        return try rules(entries, file: file)
    }

    private struct Fault: Error {
        let problem: String
        init(_ problem: String) { self.problem = problem }
    }

    /// The first word, and what is behind the space after it.
    private static func split(_ line: Substring) -> (word: Substring, rest: Substring) {
        let blank = UInt8(ascii: " ")
        guard let first = line.utf8.firstIndex(where: { $0 != blank }) else { return ("", "") }
        let line = line[first...]
        guard let space = line.utf8.firstIndex(of: blank) else { return (line, "") }
        return (line[..<space], line[line.utf8.index(after: space)...])
    }

    private static func entry(
        _ rest: Substring, _ subject: AccessRules.Subject, isPattern: Bool
    ) throws(Fault) -> Entry {
        let (word, behind) = split(rest)
        var topic = behind.trimmed
        var effect = Permission.Effect.allow
        var activity = Permission.Activity.all
        if topic.isEmpty {
            topic = word
        } else {
            switch word {
            case "read": activity = .subscribe
            case "write": activity = .publish
            case "readwrite": break
            case "deny": effect = .deny
            default:
                throw Fault(
                    "before a topic stands \"read\", \"write\", \"readwrite\" or \"deny\", not "
                        + KeyFileFault.quoted(word))
            }
        }
        if let fault = TopicFilterSyntax.fault(in: topic) { throw Fault(fault) }
        return Entry(
            subject: subject, isPattern: isPattern, effect: effect, activity: activity, topic: String(topic))
    }

    /// What denies first, and topics before patterns.
    private static func rules(_ entries: [Entry], file: String) throws(KeyFileFaults) -> AccessRules {
        var rules = AccessRules(otherwise: .deny, subscribing: .isFiltered, dangerous: "+#")
        for isPattern in [false, true] {
            for effect in [Permission.Effect.deny, .allow] {
                for entry in entries where entry.isPattern == isPattern && entry.effect == effect {
                    let rule = AccessRules.Rule(
                        effect: entry.effect, activity: entry.activity,
                        template: isPattern
                            ? TopicTemplate(entry.topic, places: .percent) : TopicTemplate(literal: entry.topic),
                        guardsClientIdentifier: isPattern, guardsUserName: isPattern)
                    if let limit = rules.append(rule, for: [entry.subject]) {
                        throw KeyFileFaults([KeyFileFault(file: file, problem: limit)])
                    }
                }
            }
        }
        return rules
    }
}
