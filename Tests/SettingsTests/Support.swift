import FoundationEssentials
import Testing

@testable import Settings

/// What a file that must be accepted comes to.
func settings(_ text: String, environment: [String: String] = [:]) throws(SettingsFaults) -> EffectiveSettings {
    try SettingsReader.read(
        text, fileName: "config.xml", environment: environment, defaults: SettingsDefaults(eventLoops: 2))
}

/// The printed faults of a file; empty when it is accepted.
func faults(_ text: String, environment: [String: String] = [:]) -> [String] {
    faults(Array(text.utf8), environment: environment)
}

func faults(_ bytes: [UInt8], environment: [String: String] = [:]) -> [String] {
    do {
        _ = try SettingsReader.read(
            bytes, fileName: "config.xml", environment: environment, defaults: SettingsDefaults(eventLoops: 2))
        return []
    } catch {
        return error.faults.map(\.description)
    }
}

/// A file of one line that sets one option; one of a listener gets what it needs beside it.
func document(_ path: String, _ value: String) -> String {
    let names = path.split(separator: "/").map(String.init)
    let inner = names.reversed().reduce(value) { "<\($1)>\($0)</\($1)>" }
    guard names.first == "listeners", names.count > 2 else { return "<skep>\(inner)</skep>" }
    let name = names[2]
    let own = names.dropFirst(2).reversed().reduce(value) { "<\($1)>\($0)</\($1)>" }
    let companions = ["port": "1883", "bind-address": "127.0.0.1", "anonymous": "true"].filter { $0.key != name }
    let others = companions.sorted { $0.key < $1.key }.map { "<\($0.key)>\($0.value)</\($0.key)>" }.joined()
    return "<skep><listeners><\(names[1])>\(own)\(others)</\(names[1])></listeners></skep>"
}

/// Runs a test with a directory of its own that is gone afterwards.
func withDirectory(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.path + "/skep-settings-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
}

/// Writes a file, and the directories above it.
func write(_ text: String, to path: String) throws {
    let directory = path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path))
}

/// The element that limits how many clients a listener lets in.
let connectProtectionPath = "\(ListenerKind.tcp.path)/\(OptionTable.connectProtectionName)"
