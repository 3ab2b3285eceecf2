import BrokerTransport
import BundledPlugins

/// Walks the tree of one file, and gathers values, origins, warnings and faults.
struct SettingsInterpreter {
    /// Where an option was set, for whoever sets it again.
    private struct Setting {
        let path: String
        let line: Int
        let value: String
    }

    let fileName: String
    /// Whether there is somebody who tells clients apart.
    let hasAuthentication: Bool
    private let replacement: EnvironmentReplacement
    private let schema = SettingsSchema.shared
    var values: SettingsValues
    var faults: [SettingsFault] = []
    var warnings: [(line: Int, text: String)] = []
    /// Keyed like ``EffectiveSettings/origins``.
    var origins: [String: SettingsOrigin] = [:]
    /// Options whose value is not known because it had a fault; no further fault is built upon them.
    private(set) var failed: Set<String> = []
    private var settings: [String: Setting] = [:]
    /// The line of the first `listeners` element.
    private var listenersLine: Int?
    var listeners: [(draft: ListenerDraft, line: Int)] = []
    /// The line of the `connect-overload-protection` of each listener that has one.
    var connectProtectionLines: [Int: Int] = [:]

    init(fileName: String, environment: [String: String], defaults: SettingsDefaults) {
        self.fileName = fileName
        hasAuthentication = defaults.hasAuthentication
        replacement = EnvironmentReplacement(environment: environment)
        values = SettingsValues(defaults: defaults)
    }

    /// Takes in everything that the file says.
    mutating func interpret(_ root: XMLElement) {
        walk(root, at: "")
        if let listenersLine {
            if listeners.isEmpty {
                report(listenersLine, "listeners", "no listener that this version can open")
            }
            finishListeners()
        } else {
            values.transport.listeners = LoopbackListeners.defaults(
                canLogIn: hasAuthentication || values.plugins.hasAuthenticator)
        }
        checkRelations()
        checkIntrospection()
        checkKeys()
    }

    /// The result, when nothing was wrong.
    func finished() throws(SettingsFaults) -> EffectiveSettings {
        // What was found in the same line stays in the order in which it was found.
        let warnings = self.warnings.enumerated()
            .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(\.element.text)
        guard faults.isEmpty else {
            let ordered = faults.enumerated()
                .sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }.map(\.element)
            throw SettingsFaults(faults: ordered, warnings: warnings)
        }
        return EffectiveSettings(values: values, warnings: warnings, origins: origins)
    }

    mutating func report(_ line: Int?, _ path: String, _ sentence: String) {
        faults.append(SettingsFault(file: fileName, line: line, path: path, problem: .sentence(sentence)))
    }

    mutating func report(_ line: Int?, _ path: String, found: String, allowed: String) {
        let problem = SettingsFault.Problem.value(found: found, allowed: allowed)
        faults.append(SettingsFault(file: fileName, line: line, path: path, problem: problem))
    }

    // MARK: Elements

    private mutating func walk(_ element: XMLElement, at path: String, listener: Int? = nil) {
        if !element.text.isEmpty {
            report(element.line, path, found: SettingsFault.quoted(element.text), allowed: "other elements only")
        }
        for child in element.children {
            visit(child, path: path.isEmpty ? child.name : "\(path)/\(child.name)", parent: path, listener: listener)
        }
    }

    private mutating func visit(_ element: XMLElement, path: String, parent: String, listener: Int?) {
        if let note = IgnoredElements.notes[path] {
            let text = IgnoredElements.warning(path: path, note: note, file: fileName, line: element.line)
            warnings.append((element.line, text))
        } else if let option = schema.options[path] {
            refuseAttributes(of: element, at: path)
            set(option, from: element, path: path, listener: listener)
        } else if schema.children[path] != nil {
            refuseAttributes(of: element, at: path)
            enter(element, path: path, listener: listener)
        } else {
            let hint = schema.suggestion(for: element.name, below: parent).map { "; did you mean \"\($0)\"?" } ?? ""
            report(element.line, SettingsFault.shown(path), "there is no such element\(hint)")
        }
    }

    private mutating func enter(_ element: XMLElement, path: String, listener: Int?) {
        var listener = listener
        switch path {
        case "listeners": listenersLine = listenersLine ?? element.line
        case _ where ListenerKind(path: path) != nil:
            guard let kind = ListenerKind(path: path) else { break }
            let number = listeners.count { $0.draft.kind == kind } + 1
            listeners.append((ListenerDraft(kind, number: number), element.line))
            listener = listeners.count - 1
        case _ where path.hasSuffix("/\(OptionTable.connectProtectionName)"):
            if let listener, !listeners[listener].draft.connectProtection.isThere {
                listeners[listener].draft.connectProtection.isThere = true
                connectProtectionLines[listener] = element.line
            }
        default: break
        }
        walk(element, at: path, listener: listener)
    }

    /// A value that somebody wrote into an attribute must not be lost silently.
    private mutating func refuseAttributes(of element: XMLElement, at path: String) {
        for name in element.attributes where !name.hasPrefix("xml") && !name.hasPrefix("xsi:") {
            report(element.line, path, found: "the attribute \(SettingsFault.quoted(name))", allowed: "no attribute")
        }
    }

    // MARK: Values

    private mutating func set(_ option: SettingsOption, from element: XMLElement, path: String, listener: Int?) {
        switch option.target {
        case .broker(let field):
            var changed = values
            take(option, field, from: element, path: path, key: option.path, into: &changed)
            values = changed
        case .listener(let field, let name, _):
            guard let listener else { return }
            var changed = listeners[listener].draft
            let key = changed.key(name)
            take(option, field, from: element, path: path, key: key, into: &changed)
            listeners[listener].draft = changed
        }
    }

    private mutating func take<Root>(
        _ option: SettingsOption, _ field: OptionField<Root>, from element: XMLElement, path: String, key: String,
        into root: inout Root
    ) {
        if let child = element.children.first {
            failed.insert(key)
            report(
                child.line, path, found: "the element <\(SettingsFault.shown(child.name))>",
                allowed: option.kind.allowed)
            return
        }
        let text: String
        do {
            text = try replacement.replace(element.text)
        } catch {
            failed.insert(key)
            report(element.line, path, error.description)
            return
        }
        var changed = root
        guard field.write(&changed, text) else {
            failed.insert(key)
            report(element.line, path, found: option.quoted(text), allowed: option.allowed(insteadOf: text))
            return
        }
        let setting = Setting(path: path, line: element.line, value: field.read(changed))
        if field.isList, settings[key] != nil {
            root = changed
            return
        }
        if let earlier = settings[key] {
            if earlier.value != setting.value { reportConflict(option, earlier: earlier, later: setting) }
            return
        }
        root = changed
        settings[key] = setting
        origins[key] = .file(name: fileName, line: element.line)
    }

    private mutating func reportConflict(_ option: SettingsOption, earlier: Setting, later: Setting) {
        let found = option.quoted(later.value)
        let before = "\(option.quoted(earlier.value)) in line \(earlier.line) (\(earlier.path))"
        report(
            later.line, later.path, found: "\(found) after \(before)", allowed: "one value: both set the same option")
    }
}
