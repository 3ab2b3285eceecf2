import BrokerTransport
import BrokerValues

/// What settings start from where a file says nothing.
package struct SettingsDefaults: Sendable {
    /// Event loops, normally ``ProcessorBudget/cores(root:)``.
    package let eventLoops: Int
    /// Whether there is somebody who tells clients apart, so that a listener may refuse anonymous ones.
    package var hasAuthentication: Bool

    /// What holds where a file says nothing.
    package init(eventLoops: Int, hasAuthentication: Bool = false) {
        self.eventLoops = min(max(eventLoops, 1), ProcessorBudget.maximum)
        self.hasAuthentication = hasAuthentication
    }
}

/// Reads `config.xml`: HiveMQ's form, in its 3.x and its 4.x names, and ours.
///
/// Nothing is skipped silently: what is unknown or not allowed is a fault, what has no effect is a warning. All faults
/// of a file are reported at once, except that malformed XML hides what comes after it.
package enum SettingsReader {
    /// The settings of a file.
    /// - Parameters:
    ///   - fileName: As the user gave it; it stands in faults, warnings and origins.
    ///   - environment: Where `${NAME}` is looked up.
    /// - Throws: Everything that is wrong with it.
    package static func read(
        _ bytes: [UInt8], fileName: String, environment: [String: String], defaults: SettingsDefaults
    ) throws(SettingsFaults) -> EffectiveSettings {
        let root: XMLElement
        do {
            root = try ExpatReader.read(bytes)
        } catch {
            let fault = SettingsFault(file: fileName, line: error.line, path: "", problem: .sentence(error.message))
            throw SettingsFaults(faults: [fault], warnings: [])
        }
        guard root.name == "skep" || root.name == "hivemq" else {
            let problem = SettingsFault.Problem.value(
                found: "the root element <\(SettingsFault.shown(root.name))>", allowed: "<skep> or <hivemq>")
            let fault = SettingsFault(file: fileName, line: root.line, path: "", problem: problem)
            throw SettingsFaults(faults: [fault], warnings: [])
        }
        var interpreter = SettingsInterpreter(fileName: fileName, environment: environment, defaults: defaults)
        interpreter.interpret(root)
        return try interpreter.finished()
    }

    /// The same from text.
    package static func read(
        _ text: String, fileName: String, environment: [String: String], defaults: SettingsDefaults
    ) throws(SettingsFaults) -> EffectiveSettings {
        try read(Array(text.utf8), fileName: fileName, environment: environment, defaults: defaults)
    }

    /// The settings when there is no file: every default, and loopback listeners only.
    package static func withoutFile(defaults: SettingsDefaults) -> EffectiveSettings {
        var values = SettingsValues(defaults: defaults)
        values.transport.listeners = LoopbackListeners.defaults(canLogIn: defaults.hasAuthentication)
        return EffectiveSettings(values: values, warnings: [], origins: [:])
    }
}

/// Who may listen without saying `<anonymous>true</anonymous>`: those whom only this machine can reach.
enum LoopbackListeners {
    /// MQTT on the two loopback addresses, for a start without `listeners`.
    ///
    /// - Parameter canLogIn: whether somebody recognises clients; then nobody comes in who does not say who it is.
    static func defaults(canLogIn: Bool) -> [ListenerConfiguration] {
        [
            ListenerConfiguration(
                identity: ListenerIdentity("tcp-listener-1883"), bindAddress: "127.0.0.1", port: 1883,
                anonymous: !canLogIn),
            ListenerConfiguration(
                identity: ListenerIdentity("tcp-listener-1883-ipv6"), bindAddress: "::1", port: 1883,
                anonymous: !canLogIn, isOptional: true),
        ]
    }

    /// Whether only this machine can reach the address. `127.example.org` is a name, not an address, so it is not one.
    static func contain(_ address: String) -> Bool {
        let address = address.lowercased()
        if ["localhost", "::1", "0:0:0:0:0:0:0:1"].contains(address) { return true }
        let numbers = address.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127"
            && numbers.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
                    && UInt8(part) != nil
            }
    }
}
