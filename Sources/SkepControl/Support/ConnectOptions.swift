import ArgumentParser
import NIOCore

/// Options that every command has.
struct ConnectOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("The broker's socket; else $SKEP_SOCKET, else where it is by default.", valueName: "path"),
        completion: .file())
    var socket: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "HTTP over TCP instead: http://user@127.0.0.1:8778/jolokia/, the password in $SKEPCTL_PASSWORD.",
            valueName: "url"))
    var url: String?

    @Option(name: .long, help: ArgumentHelp("Seconds to wait for an answer.", valueName: "seconds"))
    var timeout = 10.0

    @Flag(name: .long, help: "Print the values themselves as JSON.")
    var json = false

    /// The URL if one was given; it was checked with the other options.
    var brokerURL: BrokerURL? { url.flatMap { try? BrokerURL($0) } }

    var patience: TimeAmount { .milliseconds(Int64(timeout * 1_000)) }

    func validate() throws {
        if let url {
            guard socket == nil else { throw ValidationError("Give --socket or --url, not both.") }
            do {
                _ = try BrokerURL(url)
            } catch {
                throw ValidationError("--url: \(error)")
            }
        }
        guard socket != "" else { throw ValidationError("--socket is empty.") }
        guard timeout.isFinite, (0.1...3_600).contains(timeout) else {
            throw ValidationError("--timeout is from 0.1 to 3600 seconds.")
        }
    }
}
