import ArgumentParser
import BundledPlugins
import Glibc

/// `skep passwd`: sets and removes users of a password file.
struct PasswdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd", abstract: "Set the password of a user in a password file, or remove a user.",
        discussion: """
            Asks for the password twice if there is a terminal. The file is made if it is not there, readable to its owner \
            alone; all else in it stays as it is, and it is replaced as a whole, so that a broker never reads half of it. A \
            running broker reads it at SIGHUP.

            Exit status: 0 done, 1 there is no such user or the passwords differ, 64 wrong usage of the command line, 65 \
            not a password file, 66 cannot be read, 73 cannot be written.
            """)

    @Argument(help: "The password file.")
    var file: String

    @Argument(help: "The name of the user.")
    var user: String

    @Argument(help: "With --batch, the password.")
    var password: String?

    @Flag(name: [.customShort("b"), .long], help: "Take the password from the command line, where others may see it.")
    var batch = false

    @Flag(name: .long, help: "Take the password from the first line of standard input.")
    var stdin = false

    @Flag(name: [.customShort("D"), .long], help: "Remove the user.")
    var delete = false

    @Option(
        name: .long,
        help: "scrypt, or pbkdf2, which Mosquitto reads too.")
    var algorithm = PasswordAlgorithm.scrypt

    func validate() throws {
        if file.isEmpty { throw ValidationError("The name of the file is empty.") }
        if [batch, stdin, delete].count(where: { $0 }) > 1 {
            throw ValidationError("Only one of --batch, --stdin and --delete is possible.")
        }
        if batch, password == nil { throw ValidationError("--batch needs the password behind the user name.") }
        // What is not UTF-8 comes with this sign in its place, and would be another password than was meant.
        if (password ?? "").unicodeScalars.contains("\u{FFFD}") || user.unicodeScalars.contains("\u{FFFD}") {
            throw ValidationError("User name and password have to be UTF-8.")
        }
        if !batch, password != nil { throw ValidationError("A password on the command line needs --batch.") }
        do throws(PasswordFileText.NameFault) {
            // A user with a name that is not good may still be removed.
            if !delete { try PasswordFileText.check(user) }
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func run() throws {
        // Before anybody is asked for a password.
        let found = try read()
        let hash = delete ? nil : try newHash()
        // Another one may be at work on the same file: what it writes is read, then nobody else writes until the end.
        found.lock()
        let old = try read()
        var text = PasswordFileText(old.bytes)
        let isThere: Bool
        if let hash {
            isThere = text.set(user, hash)
        } else {
            guard text.remove(user) else {
                StandardError.print("skep passwd: there is no such user in \(file)")
                throw ExitCode(1)
            }
            isThere = true
        }
        do throws(PasswordFileOnDisk.Failure) { try old.replace(with: text.bytes) } catch { throw Self.exit(error) }
        print(delete ? "The user is removed." : isThere ? "The password is changed." : "The user is added.")
    }

    private func read() throws -> PasswordFileOnDisk {
        do throws(PasswordFileOnDisk.Failure) {
            return try PasswordFileOnDisk.read(file, mayBeMissing: !delete)
        } catch {
            throw Self.exit(error)
        }
    }

    private func newHash() throws -> PasswordHash {
        guard let hash = PasswordHash.make(try newPassword(), algorithm) else {
            StandardError.print("skep passwd: there is not enough memory")
            throw ExitCode(71)
        }
        return hash
    }

    private func newPassword() throws -> [UInt8] {
        let bytes: [UInt8]
        if batch {
            bytes = Array((password ?? "").utf8)
        } else if stdin || isatty(STDIN_FILENO) == 0 {
            guard stdin else {
                StandardError.print("skep passwd: there is no terminal to ask for the password; use --stdin")
                throw ExitCode(64)
            }
            bytes = PasswordPrompt.line()
        } else {
            bytes = PasswordPrompt.ask("Password: ")
            guard PasswordPrompt.ask("Again: ") == bytes else {
                StandardError.print("skep passwd: the passwords differ; nothing has changed")
                throw ExitCode(1)
            }
        }
        guard (1...PasswordPrompt.longest).contains(bytes.count) else {
            StandardError.print("skep passwd: a password has 1 to \(PasswordPrompt.longest) bytes; nothing has changed")
            throw ExitCode(1)
        }
        return bytes
    }

    private static func exit(_ failure: PasswordFileOnDisk.Failure) -> ExitCode {
        StandardError.print("skep passwd: \(failure.description)")
        return ExitCode(failure.status)
    }
}

extension PasswordAlgorithm: ExpressibleByArgument {}
