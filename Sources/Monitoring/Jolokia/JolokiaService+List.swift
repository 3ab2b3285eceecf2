import Introspection

extension JolokiaService {
    /// What the parts of a bean's description are called.
    private static let parts: Set = ["attr", "op", "notif", "class", "desc", "keys"]

    /// What a request for the list of beans is answered: domain, then properties in their canonical order, then what the
    /// bean offers; or what the path leads to in that. A domain or properties with wildcards keep their level.
    func list(_ request: JolokiaRequest) throws(JolokiaError) -> JSONValue {
        let path = request.path
        let domain = path.first ?? JolokiaPath.wildcard
        let properties = path.count > 1 ? path[1] : JolokiaPath.wildcard
        if path.count > 2, path[2] != JolokiaPath.wildcard, !Self.parts.contains(path[2]) {
            throw JolokiaError(
                .badRequest, "Illegal path element \"\(JolokiaError.cut(path[2]))\" for a part of a bean")
        }
        let wanted = path.isEmpty ? nil : try JolokiaRequest.name("\(domain):\(properties)")
        let found = wanted.map { names(for: $0) } ?? beans.names
        if let wanted, !wanted.isPattern, found.isEmpty { _ = try description(of: wanted) }

        let isShared = request.parameters.listCache && path.isEmpty
        let tree = isShared ? sharedTree(found, request.parameters) : tree(found, request)
        let inner = wanted.map { Self.steps($0).prefix(path.count) + path.dropFirst(2) } ?? []
        guard let value = Self.follow(inner, in: tree) else {
            guard path.count > 3 else { return [:] }
            throw JolokiaError(
                .noSuchAttribute, "There is nothing at the path \(JolokiaError.cut(JolokiaPath.text(path)))")
        }
        let maxDepth = request.parameters.maxDepth
        return maxDepth == 0 ? value : Self.cut(value, maxDepth)
    }

    private func tree(_ names: [ObjectName], _ request: JolokiaRequest) -> JSONValue {
        let parameters = request.parameters
        // Names alone are asked for often, and cost far less.
        let hasDescriptions = parameters.maxDepth == 0 || parameters.maxDepth > 2 || !request.path.isEmpty
        var domains: [String: [String: JSONValue]] = [:]
        for name in names {
            guard let description = beans.description(of: name) else { continue }
            var value = hasDescriptions ? BeanCatalog.value(description) : [:]
            if parameters.listKeys { value.add("keys", BeanCatalog.keys(name)) }
            domains[name.domain, default: [:]][name.canonicalPropertyList] = value
        }
        return .object(domains.mapValues { .object($0) })
    }

    /// The same with descriptions that several beans share told once: `domains` leads to keys of `cache`.
    private func sharedTree(_ names: [ObjectName], _ parameters: JolokiaParameters) -> JSONValue {
        let described = names.compactMap { name in beans.description(of: name).map { (name, $0) } }
        let counts = Dictionary(described.map { ($0.1, 1) }, uniquingKeysWith: +)
        var keys: [BeanDescription: String] = [:]
        var cache: [String: JSONValue] = [:]
        var domains: [String: [String: JSONValue]] = [:]
        for (name, description) in described {
            var value = BeanCatalog.value(description)
            if parameters.listKeys {
                value.add("keys", BeanCatalog.keys(name))
            } else if counts[description] != 1 {
                let key = keys[description] ?? "\(description.className)-\(cache.count)"
                keys[description] = key
                cache[key] = value
                value = .string(key)
            }
            domains[name.domain, default: [:]][name.canonicalPropertyList] = value
        }
        return ["domains": .object(domains.mapValues { .object($0) }), "cache": .object(cache)]
    }

    /// The steps to the beans that a name or pattern is for. It has selected them already, so where it has wildcards, all
    /// that are left are meant.
    private static func steps(_ name: ObjectName) -> [String] {
        let anyDomain = ObjectName("\(name.domain):a=b")
        let anyProperties = ObjectName("a:\(name.propertyList)")
        return [
            anyDomain?.isPattern == true ? JolokiaPath.wildcard : name.domain,
            anyProperties?.isPattern == true ? JolokiaPath.wildcard : name.canonicalPropertyList,
        ]
    }

    /// Nil if the path leads nowhere; what leads nowhere below a wildcard is left out.
    private static func follow(_ path: ArraySlice<String>, in value: JSONValue) -> JSONValue? {
        guard let segment = path.first else { return value }
        guard segment == JolokiaPath.wildcard, let members = value.object else {
            return value[segment].flatMap { follow(path.dropFirst(), in: $0) }
        }
        let found = members.compactMapValues { follow(path.dropFirst(), in: $0) }
        return found.isEmpty ? .none : .object(found)
    }

    /// Objects below the depth become 1.
    private static func cut(_ value: JSONValue, _ depth: Int) -> JSONValue {
        guard let members = value.object else { return value }
        return depth == 0 ? 1 : .object(members.mapValues { cut($0, depth - 1) })
    }
}

extension JSONValue {
    fileprivate mutating func add(_ key: String, _ value: JSONValue) {
        guard case .object(var members) = self else { return }
        members[key] = value
        self = .object(members)
    }
}
