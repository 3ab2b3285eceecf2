import ArgumentParser
import Glibc

/// A command that asks the broker something or tells it to do something.
protocol BrokerCommand: ParsableCommand {
    var options: ConnectOptions { get }
    /// Whether the read-only socket does.
    var onlyReads: Bool { get }

    /// Does it, connected to the broker.
    func perform(_ broker: Broker, _ output: Output) throws(ToolError)
}

extension BrokerCommand {
    var onlyReads: Bool { true }

    /// Connects, performs, and turns an error into a sentence on standard error and an exit status.
    func run() throws {
        let output = Output(json: options.json)
        do throws(ToolError) {
            let broker = try Broker.connect(options, readOnlySuffices: onlyReads)
            if let note = broker.note { Output.complain(note) }
            try perform(broker, output)
        } catch {
            Output.complain("\(error)")
            throw ExitCode(error.kind.rawValue)
        }
    }

    /// Refuses a number that is out of its range.
    static func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw ValidationError("--\(name) is from \(range.lowerBound) to \(range.upperBound).")
        }
    }
}
