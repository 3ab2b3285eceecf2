import BrokerValues
import ArgumentParser
import BrokerCore
import BrokerTransport
import BundledPlugins
import Glibc
import Logging
import Monitoring
import NIOPosix
import ServiceLifecycle
import ServiceManager
import SessionStorage
import Settings
import Synchronization

/// `skep run`: the daemon.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Run the broker (the default).")

    @Option(name: .long, help: "The settings file; else $SKEP_CONFIG, else /etc/skep/config.xml.")
    var config: String?

    @Option(
        name: .long,
        help: """
            Where sessions and messages are kept through restarts; else $STATE_DIRECTORY, /var/lib/skep if \
            writable, ./skep-data.
            """)
    var data: String?

    @Option(name: .long, help: "Least level of what is logged.")
    var logLevel: LogLevel = .info

    @Option(
        name: .long,
        help: "How it is logged; by default journal if standard error is systemd's journal, else text.")
    var logFormat: LogFormat?

    /// Only here to be refused: this command is the default, so a mistyped name of another one arrives here.
    @Argument(help: .hidden)
    var words: [String] = []

    func validate() throws {
        if let word = words.first {
            let names = SkepCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
            throw ValidationError("There is no command '\(word)'. The commands are: \(names.joined(separator: ", ")).")
        }
        if data?.isEmpty == true { throw ValidationError("--data needs the name of a directory.") }
    }

    func run() async throws {
        // Until somebody listens for it, the signal to read the settings again would end the process.
        _ = signal(SIGHUP, SIG_IGN)
        let environment = ProcessEnvironment.current
        let notifier = ServiceNotifier(environment: environment)
        let settings: LoadedSettings
        do {
            settings = try LoadedSettings.load(config: config)
        } catch {
            notifier.tell(.status("The settings have faults: see the log"))
            throw error
        }
        let levels = LogLevels(logLevel.level)
        let writer = LogWriter(format: logFormat ?? .fitting(environment: environment))
        LoggingSystem.bootstrap { _ in BrokerLogHandler(levels: levels, writer: writer) }
        defer { writer.flush(seconds: 1) }
        let logger = Logger(label: "skep")
        for warning in settings.effective.warnings { logger.log(.settingsWarning, .warning, "\(warning)") }
        let state = StateDirectory.resolve(explicit: data, environment: environment)
        logger.log(
            .brokerStarts, .info, "Skep \(Skep.version) starts",
            [
                "settings": "\(settings.source)", "event-loops": "\(settings.effective.transport.eventLoops)",
                "state": "\(settings.effective.storage.kinds.isEmpty ? "in memory" : state)",
            ])
        OpenFileLimit.raise(logger)
        var plugins = Skep.given.withLock { $0 }
        do throws(KeyFileFaults) {
            plugins += try BundledPlugins.make(settings.effective.plugins)
        } catch {
            for fault in error.faults { logger.log(.settingsFault, .error, "\(fault)") }
            notifier.tell(.status("The files of users, rules and keys have faults: see the log"))
            throw LoadedSettings.faultyStatus
        }
        if let fault = PluginHost.fault(in: plugins) {
            logger.log(.pluginFailed, .error, "\(fault)")
            throw LoadedSettings.faultyStatus
        }
        let broker = Broker(
            settings: settings, config: config, directory: state, levels: levels, logger: logger, writer: writer,
            manager: ServiceManagerLink(notifier: notifier, logger: logger), plugins: plugins)
        do {
            try await broker.run()
        } catch let error as DurableStorage.Failure {
            logger.log(.storageFailed, .error, "\(error)")
            notifier.tell(.status("\(error)"))
            throw ExitCode.failure
        } catch let error as PluginFailure {
            logger.log(.pluginFailed, .error, "\(error)")
            notifier.tell(.status("\(error)"))
            throw ExitCode.failure
        } catch  where error is TransportError || error is HTTPBindFailure {
            logger.log(.notListening, .error, "\(error)")
            notifier.tell(.status("\(error)"))
            throw ExitCode.failure
        }
        logger.log(.stopped, .info, "Stopped")
    }
}

/// The levels of swift-log as words of the command line.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}
