import PluginAPI

/// A rule in words: `allow|deny publish|subscribe|all [qos 0,1,2] [retained|not-retained] topic <filter>`.
///
/// In the filter `${clientid}` stands for the client identifier and `${username}` for the user name. The filter goes to
/// the end of the line and may hold spaces. `retained` and `not-retained` speak of publishing only.
struct PermissionLine {
    /// Why a line is no rule.
    struct Fault: Error {
        let problem: String
        init(_ problem: String) { self.problem = problem }
    }

    let rule: AccessRules.Rule

    /// Whether a line begins as a rule does.
    static func begins(_ word: some StringProtocol) -> Bool { word == "allow" || word == "deny" }

    init(_ line: some StringProtocol) throws(Fault) {
        var words = Words(line)
        let effect: Permission.Effect
        switch words.next() {
        case "allow": effect = .allow
        case "deny": effect = .deny
        default: throw Fault("a rule begins with \"allow\" or \"deny\"")
        }
        let activity: Permission.Activity
        switch words.next() {
        case "publish": activity = .publish
        case "subscribe": activity = .subscribe
        case "all": activity = .all
        default: throw Fault("behind \"allow\" or \"deny\" stands \"publish\", \"subscribe\" or \"all\"")
        }
        var qualities: Permission.Qualities?
        var retention: Permission.Retention?
        while true {
            let word = words.next()
            switch word {
            case "qos" where qualities == nil: qualities = try Self.qualities(words.next())
            case "retained" where retention == nil: retention = .retained
            case "not-retained" where retention == nil: retention = .notRetained
            case "topic":
                let filter = words.rest
                if let fault = TopicFilterSyntax.fault(in: filter) { throw Fault(fault) }
                let template = TopicTemplate(filter, places: .braces)
                rule = AccessRules.Rule(
                    effect: effect, activity: activity, qualities: qualities ?? .all, retention: retention ?? .all,
                    template: template, guardsClientIdentifier: template.usesClientIdentifier,
                    guardsUserName: template.usesUserName)
                return
            case "": throw Fault("the rule has no \"topic\"")
            default:
                throw Fault(
                    "before \"topic\" stands \"qos 0,1,2\", \"retained\" or \"not-retained\", each once, not "
                        + KeyFileFault.quoted(word))
            }
        }
    }

    private static func qualities(_ word: Substring) throws(Fault) -> Permission.Qualities {
        var result: Permission.Qualities = []
        for level in word.split(separator: ",", omittingEmptySubsequences: false) {
            switch level {
            case "0": result.insert(.zero)
            case "1": result.insert(.one)
            case "2": result.insert(.two)
            default: throw Fault("behind \"qos\" stands such as 0 or 0,1, without spaces")
            }
        }
        return result
    }
}

/// The words of a line, one after the other.
struct Words {
    /// What is left, without spaces before it.
    private(set) var rest: Substring

    init(_ line: some StringProtocol) { rest = Substring(line.trimmed) }

    /// The next word; empty at the end.
    mutating func next() -> Substring {
        let end = rest.utf8.firstIndex { $0 == 0x20 || $0 == 0x09 } ?? rest.endIndex
        defer { rest = rest[end...].trimmed }
        return rest[..<end]
    }
}
