package import PluginAPI

/// The rules of an access file, ready to be asked about a client.
package struct AccessRules: Sendable {
    /// Whom a rule speaks of.
    enum Subject: Sendable, Hashable {
        case everyone
        /// Clients without a user name.
        case anonymous
        /// The bytes of a name: to Swift two ways to write the same letters are equal, to MQTT they are not.
        case user([UInt8])
        case client([UInt8])

        static func user(named name: some StringProtocol) -> Self { .user(Array(name.utf8)) }
        static func client(named name: some StringProtocol) -> Self { .client(Array(name.utf8)) }
    }

    /// One rule.
    struct Rule: Sendable {
        var effect: Permission.Effect
        var activity: Permission.Activity
        var qualities: Permission.Qualities = .all
        var retention: Permission.Retention = .all
        var template: TopicTemplate
        /// Whether a client identifier, or a user name, that could reach beyond its place in a topic ends the list of a
        /// client: from here on it may do nothing.
        var guardsClientIdentifier: Bool
        var guardsUserName: Bool
    }

    /// Rules of a file, and of them those that speak of one subject.
    static let mostRules = 100_000
    static let mostRulesOfSubject = 5_000

    private(set) var rules: [Rule] = []
    private var places: [Subject: [Int]] = [:]
    /// What holds where no rule does.
    var otherwise: Permissions.Otherwise
    let subscribing: Permissions.Subscribing
    /// What must not be in a name that takes a place in a topic.
    private let dangerous: [UInt8]

    /// No rule.
    init(otherwise: Permissions.Otherwise, subscribing: Permissions.Subscribing, dangerous: String) {
        self.otherwise = otherwise
        self.subscribing = subscribing
        self.dangerous = Array(dangerous.utf8)
    }

    /// How many rules there are.
    package var count: Int { rules.count }

    /// Adds a rule behind all others.
    ///
    /// - Returns: what limit stands against it; nil if none does.
    mutating func append(_ rule: Rule, for subjects: [Subject]) -> String? {
        guard rules.count < Self.mostRules else { return "there are more than \(Self.mostRules) rules" }
        for subject in subjects where places[subject, default: []].count >= Self.mostRulesOfSubject {
            return "more than \(Self.mostRulesOfSubject) rules speak of one client, user or group"
        }
        for subject in subjects { places[subject, default: []].append(rules.count) }
        rules.append(rule)
        return nil
    }

    /// What a client may do.
    package func permissions(clientIdentifier: String, userName: String?) -> Permissions {
        var list: [Permission] = []
        let isDangerousClient = isDangerous(clientIdentifier)
        let isDangerousUser = userName.map(isDangerous) ?? false
        for index in indices(clientIdentifier, userName) {
            let rule = rules[index]
            if rule.guardsClientIdentifier && isDangerousClient || rule.guardsUserName && isDangerousUser {
                return Permissions(list, otherwise: .deny, subscribing: subscribing)
            }
            guard let filter = rule.template.filter(clientIdentifier: clientIdentifier, userName: userName),
                TopicFilterSyntax.fault(in: filter) == nil
            else { continue }
            list.append(
                Permission(
                    rule.effect, filter, activity: rule.activity, qualities: rule.qualities, retention: rule.retention))
        }
        return Permissions(list, otherwise: otherwise, subscribing: subscribing)
    }

    /// The rules that speak of a client, in the order of the file.
    private func indices(_ clientIdentifier: String, _ userName: String?) -> [Int] {
        let subjects: [Subject] = [
            .everyone, .client(named: clientIdentifier), userName.map { .user(named: $0) } ?? .anonymous,
        ]
        let lists = subjects.compactMap { places[$0] }
        if lists.count == 1 { return lists[0] }
        // A rule may be there twice for a user of several groups.
        var last = -1
        return lists.joined().sorted().filter { index in
            defer { last = index }
            return index != last
        }
    }

    private func isDangerous(_ name: String) -> Bool { name.utf8.contains { dangerous.contains($0) } }
}
