import ArgumentParser
import BrokerValues

/// `skepbench`: load on any MQTT broker, and what it did to the broker.
@main
struct Skepbench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skepbench",
        abstract: "A load generator for MQTT brokers.",
        discussion: """
            Each scenario prints a table, or one JSON object with --json. With --pid the broker's own CPU time is in it; \
            broker and generator then run on one machine.

            Exit status: 0 measured, 64 wrong usage, 65 a file of reports that is none, 66 one that cannot be read, 69 the \
            broker (or its process, or its metrics) cannot be reached, 71 this machine's limits do not suffice, 76 the \
            broker refused or closed connections that the scenario needs, or did what no broker may, 130 Ctrl-C before \
            there was anything to report.
            """,
        version: Distribution.version,
        subcommands: [
            FanInCommand.self, FanOutCommand.self, PairsCommand.self, SharedCommand.self, FleetCommand.self,
            IdleCommand.self, OfflineCommand.self, RetainedCommand.self, StormCommand.self, HeavyCommand.self,
            DisconnectCommand.self, CompareCommand.self,
        ])
}
