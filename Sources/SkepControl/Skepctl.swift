import ArgumentParser
import BrokerValues

/// The operator's tool as a program.
package enum OperatorTool {
    /// Does what the command line says, and ends the process with the status that tells what became of it.
    package static func main() { Skepctl.main() }
}

/// `skepctl`: what operators see of a running broker and do to it, through its introspection socket.
struct Skepctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skepctl",
        abstract: "See what a running Skep broker does, and tell it what to do.",
        discussion: """
            skepctl speaks to the broker's introspection socket: --socket PATH, else $SKEP_SOCKET, else \
            $RUNTIME_DIRECTORY/introspection.sock, $XDG_RUNTIME_DIR/skep/introspection.sock and \
            /run/skep/introspection.sock, the first that answers. A command that only reads takes the read-only socket \
            beside it (introspection-ro.sock) where the other is not permitted. With --url it speaks HTTP over TCP.

            Every command prints tables for people; with --json it prints the values themselves.

            Exit status: 0 done, 1 failed, 3 not found (client, bean, attribute), 4 the broker cannot be reached, \
            5 not permitted, 64 wrong usage.

            Completion for your shell: skepctl --generate-completion-script bash (or zsh, fish).
            """,
        version: Distribution.version, subcommands: [],
        groupedSubcommands: [
            CommandGroup(
                name: "The broker",
                subcommands: [
                    StatusCommand.self, TopCommand.self, EventsCommand.self, LimitsCommand.self, HeapCommand.self,
                    LogLevelCommand.self, ReloadCommand.self, BackupCommand.self, DrainCommand.self,
                ]),
            CommandGroup(
                name: "Clients and messages",
                subcommands: [
                    ClientsCommand.self, ClientCommand.self, SubscriptionsCommand.self, WhoCommand.self,
                    KickCommand.self, RestrictCommand.self, SessionCommand.self, RetainedCommand.self,
                ]),
            CommandGroup(name: "Everything that can be read", subcommands: [MetricsCommand.self, BeansCommand.self]),
        ])
}
