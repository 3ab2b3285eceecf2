import ArgumentParser
import BrokerValues
public import PluginAPI
import Synchronization

/// The broker as a program. An executable of one's own calls ``main()``.
public enum Skep {
    /// Runs the command line: `run` (also without a name), `check`, `options`, `metrics`, `storage`, `passwd`, `--version`,
    /// `--help`.
    ///
    /// - Parameter plugins: take part in what the broker does, beside those that the settings name.
    public static func main(plugins: [any Plugin] = []) async {
        given.withLock { $0 = plugins }
        StandardStreams.complete()
        await SkepCommand.main()
    }

    /// The plugins of whoever has called ``main(plugins:)``: the commands are made by the parser of the command line.
    static let given = Mutex<[any Plugin]>([])

    /// The version of this distribution.
    public static let version = Distribution.version
}

/// `skep`: the daemon, and what works on its files.
struct SkepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skep",
        abstract: "An MQTT broker that operators can see into.",
        discussion: """
            The settings are looked for in --config, then in $SKEP_CONFIG, then in /etc/skep/config.xml. Without a file \
            the broker listens on 127.0.0.1 and ::1, port 1883, and admits everybody who can reach it there.

            Options of run, also without its name ('skep help run' says more):
              --config FILE       the settings file (of check too)
              --data DIRECTORY    where sessions and messages are kept
              --log-level LEVEL   \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")); default info
              --log-format FORM   \(LogFormat.allCases.map(\.rawValue).joined(separator: ", "))

            SIGTERM and SIGINT (Control-C) stop the broker in good order; at SIGHUP it reads its settings again.

            Exit status: 0 stopped in good order, 1 cannot listen, 64 wrong usage of the command line, 78 faulty settings.
            """,
        version: Skep.version,
        subcommands: [
            RunCommand.self, CheckCommand.self, OptionsCommand.self, MetricsCommand.self, StorageCommand.self,
            PasswdCommand.self,
        ],
        defaultSubcommand: RunCommand.self)
}
