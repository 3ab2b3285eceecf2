import Foundation
import Synchronization

/// Why a child process did not do what a test waited for; carries all that it printed.
struct ChildFailure: Error, CustomStringConvertible {
    let description: String
}

/// A program that a test runs: starts it, gathers what it prints, sends it signals, waits for it with a limit.
///
/// Safe (unchecked Sendable): `process` is configured before it runs and then only asked for its identifier; what
/// changes afterwards stands in `state`.
final class ChildProcess: @unchecked Sendable {
    /// How it ended.
    enum Ending: Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    private struct State {
        var output = Data()
        var errors = Data()
        var openPipes = 2
        var ending: Ending?
    }

    /// Against hanging only: no test waits as long for anything that works.
    static let patience = Duration.seconds(60)

    private let process = Process()
    private let state = Mutex(State())
    let name: String

    /// Starts a program.
    /// - Parameters:
    ///   - path: The program; without a slash it is looked for on the PATH.
    ///   - environment: Added to this process's own.
    init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], directory: String? = nil,
        input: String? = nil
    ) throws {
        name = URL(fileURLWithPath: path).lastPathComponent
        let isOnPath = !path.contains("/")
        process.executableURL = URL(fileURLWithPath: isOnPath ? "/usr/bin/env" : path)
        process.arguments = isOnPath ? [path] + arguments : arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        let inputPipe = Pipe()
        process.standardInput = inputPipe
        process.standardOutput = pipe { $0.output.append($1) }
        process.standardError = pipe { $0.errors.append($1) }
        process.terminationHandler = { [weak self] process in
            let status = process.terminationStatus
            let ending = process.terminationReason == .exit ? Ending.exit(status) : .signal(status)
            self?.state.withLock { $0.ending = ending }
        }
        try process.run()
        if let input { inputPipe.fileHandleForWriting.write(Data(input.utf8)) }
        try inputPipe.fileHandleForWriting.close()
    }

    deinit { if isRunning { kill(identifier, SIGKILL) } }

    /// A pipe with a thread that reads it to its end: a child that prints much must never wait for a test.
    private func pipe(_ store: @escaping @Sendable (inout State, Data) -> Void) -> Pipe {
        let pipe = Pipe()
        let handle = pipe.fileHandleForReading
        Thread.detachNewThread { [weak self] in
            while true {
                let data = handle.availableData
                self?.state.withLock { state in
                    if data.isEmpty { state.openPipes -= 1 } else { store(&state, data) }
                }
                if data.isEmpty { return }
            }
        }
        return pipe
    }

    var identifier: Int32 { process.processIdentifier }
    var isRunning: Bool { state.withLock { $0.ending == nil } }
    /// What it has written to standard output so far.
    var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    /// What it has written to standard error so far.
    var errors: String { state.withLock { String(decoding: $0.errors, as: UTF8.self) } }
    /// The whole lines among them: one that is still being written is not seen.
    var outputLines: [String] { Self.wholeLines(output) }
    var errorLines: [String] { Self.wholeLines(errors) }

    private static func wholeLines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    func send(signal: Int32) { kill(identifier, signal) }

    /// Waits until it has ended and everything that it printed was read.
    @discardableResult
    func ending(within limit: Duration = patience) async throws -> Ending {
        try await wait(for: "its end", within: limit) {
            self.state.withLock { $0.openPipes == 0 ? $0.ending : nil }
        }
    }

    /// Waits until it has ended and requires the exit status 0; returns its standard output.
    @discardableResult
    func success(within limit: Duration = patience) async throws -> String {
        let ending = try await ending(within: limit)
        guard ending == .exit(0) else { throw failure("ended with \(ending)") }
        return output
    }

    /// Waits for a line of standard output or standard error that holds `text`, and returns the first one.
    @discardableResult
    func line(containing text: String, within limit: Duration = patience) async throws -> String {
        try await wait(for: "a line with \"\(text)\"", within: limit) {
            let line = (self.outputLines + self.errorLines).first { $0.contains(text) }
            if line == nil, !self.isRunning, self.state.withLock({ $0.openPipes == 0 }) {
                throw self.failure("ended without a line with \"\(text)\"")
            }
            return line
        }
    }

    /// Waits until `question` has an answer.
    func wait<Answer>(
        for what: String, within limit: Duration = patience, _ question: () throws -> Answer?
    ) async throws -> Answer {
        let deadline = ContinuousClock.now + limit
        while true {
            if let answer = try question() { return answer }
            guard ContinuousClock.now < deadline else { throw failure("did not bring \(what) within \(limit)") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// A failure that shows all that was printed.
    func failure(_ text: String) -> ChildFailure {
        ChildFailure(description: "\(name) \(text)\n--- output\n\(output)\n--- errors\n\(errors)")
    }
}
