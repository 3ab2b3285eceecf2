import ArgumentParser
import BundledPlugins
import Settings

/// `skep check`: says whether the settings are good and what they come to.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the settings and print what is in force, with where it comes from.")

    @Option(name: .long, help: "The settings file; else $SKEP_CONFIG, else /etc/skep/config.xml.")
    var config: String?

    func run() throws {
        let settings = try LoadedSettings.load(config: config)
        for warning in settings.effective.warnings { StandardError.print("warning: \(warning)") }
        print("settings: \(settings.source)")
        for line in settings.effective.descriptionLines { print(line) }
        try Self.readKeyFiles(settings.effective.plugins)
        let options = Self.count(settings.effective.origins.count, "option")
        let warnings = Self.count(settings.effective.warnings.count, "warning")
        print(
            settings.isFromFile
                ? "\(settings.source) is good: \(options) set, \(warnings)"
                : "There is no settings file: everything is at its default")
    }

    /// Reads the files of users, rules and keys that the settings name; prints all that is wrong with them.
    private static func readKeyFiles(_ configuration: BundledPluginsConfiguration) throws(ExitCode) {
        do throws(KeyFileFaults) {
            _ = try BundledPlugins.make(configuration)
        } catch {
            for fault in error.faults { StandardError.print("\(fault)") }
            let count = Self.count(error.faults.count, "fault")
            StandardError.print("The files that the settings name have \(count): the broker does not start with them")
            throw LoadedSettings.faultyStatus
        }
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

/// `skep options`: the reference of all options.
struct OptionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "options", abstract: "Print the reference of all settings as Markdown.")

    @Flag(name: .long, help: "Print it as the manual page skep-config(5).")
    var man = false

    func run() { print(man ? OptionTable.manPage() : OptionTable.markdown()) }
}
