import BrokerTransport
import BundledPlugins
import BrokerValues

/// What must hold of listeners beyond the bounds of each value.
extension SettingsInterpreter {
    /// Said to whoever opens the broker to other machines without having said that he means it.
    static func anonymousRule(_ address: String) -> String {
        """
        other machines can reach \(SettingsFault.shown(address)) and nobody can log in: add \
        <authentication> with a password file, or <anonymous>true</anonymous> to let everybody in, or bind to 127.0.0.1
        """
    }

    /// Turns the drafts into listeners: names, anonymity, addresses.
    mutating func finishListeners() {
        var names: Set<String> = []
        var addresses: [String: Int] = [:]
        for (index, listener) in listeners.enumerated() {
            var draft = listener.draft
            if !isKnown(index, "port") {
                report(
                    listener.line, "\(draft.kind.path)/port", found: "nothing",
                    allowed: OptionKind.integer(OptionTable.portBounds).allowed)
            }
            draft.anonymous = anonymous(index, draft, line: listener.line)
            var hasGoodPort = origins[draft.key("port")] != nil
            let address = "\(draft.bindAddress.lowercased()) port \(draft.port)"
            if hasGoodPort, draft.port != 0, let first = addresses.updateValue(listener.line, forKey: address) {
                hasGoodPort = false
                addresses[address] = first
                report(
                    listener.line, draft.kind.path,
                    "\(draft.bindAddress) port \(draft.port) is already opened by the listener in line \(first)")
            }
            // A name that is made from a wrong port would only bring a second, misleading message.
            if hasGoodPort || !draft.name.isEmpty {
                draft.name = name(index, draft, line: listener.line, taken: &names)
            }
            checkConnectProtection(index, draft)
            checkDoors(index, draft, line: listener.line)
            values.drafts.append(draft)
            values.transport.listeners.append(draft.configuration)
        }
    }

    /// A protection without a rate would be none, and must not look like one.
    private mutating func checkConnectProtection(_ index: Int, _ draft: ListenerDraft) {
        guard let line = connectProtectionLines[index] else { return }
        let path = "\(draft.kind.path)/\(OptionTable.connectProtectionName)"
        guard draft.connectProtection.rate == nil, !isKnown(index, "connect-overload-protection/connect-rate") else {
            return
        }
        if let burst = draft.connectProtection.burst {
            let key = draft.key("connect-overload-protection/connect-burst-size")
            report(
                origins[key]?.line ?? line, "\(path)/connect-burst-size",
                "a burst of \(burst) means nothing without the rate that it may exceed: add <connect-rate>")
        } else if draft.connectProtection.isEnabled,
            !failed.contains(draft.key("connect-overload-protection/enabled")),
            !isKnown(index, "connect-overload-protection/connect-burst-size")
        {
            report(
                line, path,
                """
                no <connect-rate> says how many CONNECT packets a second are let in: add one, or set <enabled> to false
                """)
        }
    }

    /// Whether the file said something about it, right or wrong.
    func isKnown(_ index: Int, _ name: String) -> Bool {
        let key = listeners[index].draft.key(name)
        return origins[key] != nil || failed.contains(key)
    }

    /// Whether somebody can be let in by who it is.
    private func canLogIn(_ draft: ListenerDraft) -> Bool {
        hasAuthentication || values.plugins.hasAuthenticator || draft.tls.others.usesCertificateAsUserName
    }

    private mutating func anonymous(_ index: Int, _ draft: ListenerDraft, line: Int) -> Bool {
        let key = draft.key("anonymous")
        if let origin = origins[key] {
            if !draft.anonymous, !canLogIn(draft) {
                report(
                    origin.line ?? line, "\(draft.kind.path)/anonymous",
                    "no client could log in: nothing below <authentication> says who may")
            }
            return draft.anonymous
        }
        // A proxy on this machine may stand before everybody: where clients can log in, they have to.
        if LoopbackListeners.contain(draft.bindAddress) { return !canLogIn(draft) }
        let address = draft.key("bind-address")
        if !failed.contains(key), !failed.contains(address), !canLogIn(draft) {
            report(
                origins[address]?.line ?? line, "\(draft.kind.path)/bind-address",
                Self.anonymousRule(draft.bindAddress))
        }
        return false
    }

    private mutating func name(_ index: Int, _ draft: ListenerDraft, line: Int, taken: inout Set<String>) -> String {
        let wanted = draft.name.isEmpty ? "\(draft.kind.rawValue)-\(draft.port)" : draft.name
        var name = wanted
        var number = 1
        while !taken.insert(name).inserted {
            name = "\(wanted)-\(number)"
            number += 1
        }
        if name != wanted {
            let place = origins[draft.key("name")]?.line ?? line
            let text = "\(fileName):\(place): \(draft.kind.path)/name: "
            warnings.append((place, "\(text)\"\(wanted)\" is taken, so this listener is called \"\(name)\""))
        }
        return name
    }
}
