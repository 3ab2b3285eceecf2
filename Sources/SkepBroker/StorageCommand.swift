import ArgumentParser
import SessionStorage
import Settings

/// `skep storage`: what works on the files of a storage that no broker uses.
struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage", abstract: "Check what is kept through restarts, or put a backup in its place.",
        discussion: """
            For files that no broker uses. A running broker is backed up by 'skepctl backup FILE'.

            Exit status: 0 sound or done, 1 faults were found, 64 wrong usage of the command line, 65 not a database of \
            this broker or of a newer version, 66 not there, 73 or 77 cannot be written, 74 reading or writing has \
            failed, 75 in use.
            """,
        subcommands: [StorageCheckCommand.self, StorageRestoreCommand.self])

    static let dataHelp: ArgumentHelp =
        "The data directory; else $STATE_DIRECTORY, /var/lib/skep if writable, ./skep-data."

    /// The words for people and the status of sysexits.h.
    static func exit(for failure: StorageFailure) -> ExitCode {
        StandardError.print("skep storage: \(failure)")
        return ExitCode(status(of: failure))
    }

    /// Ends the command if there is nothing at the path.
    static func demand(_ path: String) throws(ExitCode) {
        guard StorageDatabase.size(of: path) == nil else { return }
        StandardError.print("skep storage: there is no database at \(path)")
        throw ExitCode(66)
    }

    static func status(of failure: StorageFailure) -> Int32 {
        switch failure {
        case .unsound, .corrupt: 1
        case .newerSchema, .notADatabase, .unstorable: 65
        case .exists, .full: 73
        case .inputOutput: 74
        case .inUse: 75
        case .notWritable: 77
        }
    }
}

/// `skep storage check`: reads all that is stored and says what is wrong with it.
struct StorageCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read a data directory or a backup as a whole and say whether it is sound.",
        discussion: "Changes nothing. The exit status is 1 if something is wrong.")

    @Argument(help: "A data directory that is not in use, or a backup; else as --data of run is without a value.")
    var path: String?

    func validate() throws {
        if path?.isEmpty == true { throw ValidationError("The path is empty.") }
    }

    func run() throws {
        let path = StateDirectory.resolve(explicit: path, environment: ProcessEnvironment.current)
        try StorageCommand.demand(path)
        let check: StorageCheck
        do throws(StorageFailure) { check = try StorageDatabase.check(path) } catch {
            throw StorageCommand.exit(for: error)
        }
        print(Self.lines(check).joined(separator: "\n"))
        if !check.isSound { throw ExitCode(1) }
    }

    /// What was found, for people.
    static func lines(_ check: StorageCheck) -> [String] {
        let rows = check.rows
        var lines = [
            "\(check.path): schema \(check.schema), \(check.bytes) bytes",
            "\(rows.sessions) sessions, \(rows.subscriptions) subscriptions, \(rows.messages) messages, "
                + "\(rows.retained) retained, \(rows.wills) wills, \(rows.attributes) attributes",
        ]
        if check.isSound { return lines + ["It is sound."] }
        let findings = check.findings
        lines += findings.first.map { "fault: \(visible($0))" }
        if findings.count > findings.first.count { lines.append("and \(findings.count - findings.first.count) more") }
        return lines + ["It is not sound: \(findings.count) fault\(findings.count == 1 ? "" : "s")."]
    }

    /// Texts from the file cannot move the cursor of who reads them.
    private static func visible(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
    }
}

/// `skep storage restore`: puts a backup in the place of what is stored.
struct StorageRestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup in the place of what is stored.",
        discussion: """
            The broker must be stopped. The backup is checked first and must be sound. What was stored stays beside it \
            under another name.
            """)

    @Argument(help: "The backup.")
    var file: String

    @Option(name: .long, help: StorageCommand.dataHelp)
    var data: String?

    func validate() throws {
        if file.isEmpty { throw ValidationError("The name of the backup is empty.") }
        if data?.isEmpty == true { throw ValidationError("--data needs the name of a directory.") }
    }

    func run() throws {
        try StorageCommand.demand(file)
        let directory = StateDirectory.resolve(explicit: data, environment: ProcessEnvironment.current)
        do throws(StorageFailure) {
            let old = try StorageDatabase.restore(backup: file, into: directory)
            print("\(file) is what \(directory) holds now.")
            if let old { print("What was stored before is \(old).") }
        } catch {
            throw StorageCommand.exit(for: error)
        }
    }
}
