import BundledPlugins
import ArgumentParser
import Glibc
import PluginAPI
import Settings
import Synchronization

/// The settings that the command line and the environment lead to.
struct LoadedSettings {
    /// `EX_CONFIG` of sysexits.h: the settings are at fault.
    static let faultyStatus = ExitCode(78)

    let effective: EffectiveSettings
    /// Where they come from, for a human.
    let source: String
    let isFromFile: Bool

    /// Reads and checks the settings; prints all faults and throws the exit status if there are any.
    static func load(config: String?) throws(ExitCode) -> LoadedSettings {
        do {
            return try read(config: config)
        } catch {
            for warning in error.warnings { StandardError.print("warning: \(warning)") }
            for fault in error.faults { StandardError.print(fault) }
            if let path = error.path {
                let count = error.faults.count
                StandardError.print(
                    "\(path) has \(count) fault\(count == 1 ? "" : "s"): the broker does not start with it")
            }
            throw faultyStatus
        }
    }

    /// Reads and checks the settings.
    static func read(config: String?) throws(SettingsFailure) -> LoadedSettings {
        let environment = ProcessEnvironment.current
        let defaults = SettingsDefaults(
            eventLoops: ProcessorBudget.cores(),
            hasAuthentication: Skep.given.withLock { $0.contains { $0 is any Authenticator } })
        guard let file = SettingsFile.find(explicit: config, environment: environment) else {
            return LoadedSettings(
                effective: SettingsReader.withoutFile(defaults: defaults), source: "built-in defaults, no file",
                isFromFile: false)
        }
        let bytes: [UInt8]
        do {
            bytes = try file.read()
        } catch {
            throw SettingsFailure(path: nil, faults: [error.description], warnings: [])
        }
        do {
            let effective = try SettingsReader.read(
                bytes, fileName: file.path, environment: environment, defaults: defaults)
            return LoadedSettings(effective: effective, source: file.path, isFromFile: true)
        } catch {
            throw SettingsFailure(
                path: file.path, faults: error.faults.map(\.description), warnings: error.warnings)
        }
    }
}

/// Why there are no settings.
struct SettingsFailure: Error {
    /// The file that has the faults; nil if it cannot be read.
    let path: String?
    /// At least one, each a line of its own.
    let faults: [String]
    let warnings: [String]
}

extension LoadedSettings {
    /// Reads the files of users, rules and keys that the settings name, for their faults alone: whoever reads the settings
    /// again has to learn of them, and a file with faults changes nothing.
    func readKeyFiles() throws(SettingsFailure) {
        do throws(KeyFileFaults) {
            _ = try BundledPlugins.make(effective.plugins)
        } catch {
            throw SettingsFailure(path: nil, faults: error.faults.map(\.description), warnings: effective.warnings)
        }
    }
}

/// The environment as a dictionary.
enum ProcessEnvironment {
    static var current: [String: String] {
        var result: [String: String] = [:]
        var entry = unsafe environ
        // Safe: `environ` is a list of C strings that ends with a null pointer; nothing here changes it meanwhile.
        while let text = unsafe entry.pointee {
            let line = unsafe String(cString: text)
            if let separator = line.firstIndex(of: "=") {
                result[String(line[..<separator])] = String(line[line.index(after: separator)...])
            }
            unsafe entry += 1
        }
        return result
    }
}

/// Lines on standard error that are no log.
enum StandardError {
    /// Writes a line at once; for commands that do nothing else.
    static func print(_ line: String) { Descriptor.write(Array((line + "\n").utf8), to: STDERR_FILENO) }
}
