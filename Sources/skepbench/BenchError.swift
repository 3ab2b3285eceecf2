import ArgumentParser
import Glibc

/// Why a scenario cannot be measured. Its kind decides the exit status (sysexits.h).
struct BenchError: Error, CustomStringConvertible {
    /// Who is at fault.
    enum Kind: Int32 {
        /// A file of reports that holds none.
        case data = 65
        /// A file that cannot be read.
        case noInput = 66
        /// The broker, its process or its metrics cannot be reached.
        case unavailable = 69
        /// This machine's limits: open files, ports, threads.
        case system = 71
        /// The broker refused or closed a connection that the scenario needs, or sent what no broker may.
        case refused = 76
        /// Ctrl-C before there was anything to report.
        case interrupted = 130
    }

    let kind: Kind
    let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// A system call that failed, with what `errno` says.
    static func system(_ call: String, _ number: Int32 = errno) -> BenchError {
        BenchError(.system, "\(call): \(text(of: number))")
    }

    /// Says it on standard error; what is returned ends the program with its status.
    func exit() -> ExitCode {
        let line = Array("skepbench: \(self)\n".utf8)
        // Safe: the array lives for the call, and its own length is given.
        _ = unsafe write(STDERR_FILENO, line, line.count)
        return ExitCode(kind.rawValue)
    }

    /// What an error number means.
    static func text(of number: Int32) -> String {
        // Safe: strerror returns a string that lives until this thread's next call of it, and it is copied at once.
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }
}

extension ParsableCommand {
    /// Runs `measure` and prints its report; an error becomes a sentence on standard error and an exit status.
    func report(as json: Bool, _ measure: () throws(BenchError) -> Report) throws {
        do {
            let report = try measure()
            print(json ? report.json : report.table)
        } catch { throw error.exit() }
    }
}
