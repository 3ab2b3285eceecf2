import ArgumentParser
import Introspection
import NIOCore

/// `skepctl backup FILE`: has the broker copy what it keeps through restarts.
struct BackupCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy what is kept through restarts into a file, while the broker runs.",
        discussion: """
            The broker writes the file, on its own machine and as its own user; as a service of systemd it may write \
            below /var/lib/skep only. The file must not be there yet, and has its name when it is whole. \
            'skep storage check FILE' reads it, 'skep storage restore FILE' puts it in place. If this command is ended \
            before, the broker goes on.
            """)

    /// A backup takes as long as the disk needs. If the broker ends, the connection does too.
    private static let patience = TimeAmount.hours(24)

    @OptionGroup var options: ConnectOptions
    @Argument(help: "The file to write.", completion: .file()) var file: String

    var onlyReads: Bool { false }

    func validate() throws {
        guard !file.isEmpty, !file.hasSuffix("/") else { throw ValidationError("FILE is the name of a file.") }
        guard file.hasPrefix("/") || options.url == nil else {
            throw ValidationError("With --url, FILE is named from the root on: it is on the broker's machine.")
        }
    }

    /// From the root on: the broker's working directory is not ours.
    static func absolute(_ file: String, in directory: String?) -> String {
        if file.hasPrefix("/") { return file }
        guard let directory else { return file }
        return directory.hasSuffix("/") ? directory + file : "\(directory)/\(file)"
    }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let path = Self.absolute(file, in: SystemCall.workingDirectory)
        let answer = try broker.value(
            .execute("skep:type=Storage", "backup", [.string(path)]), patience: Self.patience)
        if output.isJSON { return try output.json(answer) }
        let report = Bean(answer)
        try output.line(
            "\(Printable.text(path)): \(report.bytes("bytes")) in \(report.duration("seconds")).")
    }
}
