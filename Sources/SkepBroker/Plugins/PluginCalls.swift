import BrokerValues
import MetricCatalog
import NIOCore
import PluginAPI
import Synchronization

/// Calls plugins: apart from the event loops, with a deadline, and never more at a time than the limits say.
///
/// A call that does not return is given up, not ended: Swift cannot stop code that does not want to. So the tasks are
/// those that NIO makes, which nobody has to wait for when the broker stops; how many there are is bounded for each plugin.
final class PluginCalls: Sendable {
    private let loop: any EventLoop
    private let limits: PluginLimits
    private let running = Atomic<Int>(0)
    private let histograms = Mutex<[HistogramCounts?]>(Array(repeating: nil, count: PluginCallback.allCases.count))

    /// Chains of calls that may be under way for all clients together.
    static let maximumRunning = 100_000

    init(loop: any EventLoop, limits: PluginLimits) {
        self.loop = loop
        self.limits = limits
    }

    /// Starts a chain of calls.
    ///
    /// - Returns: false if too many are under way; then it is not started.
    func start(_ chain: @escaping @Sendable () async -> Void) -> Bool {
        guard running.wrappingAdd(1, ordering: .relaxed).newValue <= Self.maximumRunning else {
            running.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        _ = loop.makeFutureWithTask { [self] in
            await chain()
            running.wrappingSubtract(1, ordering: .relaxed)
        }
        return true
    }

    /// Calls one plugin and waits for the answer; nil if it failed.
    func call<Value: Sendable>(
        _ entry: PluginEntry, _ callback: PluginCallback, _ body: @escaping @Sendable () async throws -> Value
    ) async -> Value? {
        let began = NIODeadline.now()
        let second = Int64(began.uptimeNanoseconds / 1_000_000_000)
        guard entry.begin(limit: limits.maximumOpenCalls) else {
            entry.failed(.overloaded, callback, "\(limits.maximumOpenCalls) calls are open", second: second)
            return nil
        }
        let outcome: Outcome<Value> = await withCheckedContinuation { continuation in
            let race = Race(continuation)
            let deadline = loop.scheduleTask(in: .milliseconds(limits.callMilliseconds)) { race.end(.timedOut) }
            _ = loop.makeFutureWithTask {
                let outcome: Outcome<Value>
                do {
                    outcome = .answered(try await body())
                } catch {
                    outcome = .threw("\(error)")
                }
                entry.end()
                deadline.cancel()
                race.end(outcome)
            }
        }
        observe(callback, Int(clamping: (NIODeadline.now() - began).nanoseconds))
        switch outcome {
        case .answered(let value): return value
        case .threw(let text): entry.failed(.threw, callback, text, second: second)
        case .timedOut:
            entry.failed(.timedOut, callback, "no answer in \(limits.callMilliseconds) ms", second: second)
        }
        return nil
    }

    private func observe(_ callback: PluginCallback, _ nanoseconds: Int) {
        histograms.withLock { histograms in
            histograms[callback.index, default: HistogramCounts()].observe(nanoseconds)
        }
    }

    /// How long calls took, in nanoseconds; only of those kinds that there were.
    var durations: [PluginCallback: HistogramCounts] {
        let counts = histograms.withLock { $0 }
        return Dictionary(
            uniqueKeysWithValues: PluginCallback.allCases.compactMap { kind in counts[kind.index].map { (kind, $0) } })
    }

    /// Does something again and again until it is cancelled.
    func every(seconds: Int64, _ body: @escaping @Sendable () -> Void) -> RepeatedTask {
        loop.scheduleRepeatedTask(initialDelay: .seconds(seconds), delay: .seconds(seconds)) { _ in body() }
    }

    /// Waits.
    func sleep(milliseconds: Int64) async {
        try? await loop.scheduleTask(in: .milliseconds(milliseconds)) {}.futureResult.get()
    }

    private enum Outcome<Value: Sendable>: Sendable {
        case answered(Value)
        case threw(String)
        case timedOut
    }

    /// Answer and deadline: whichever comes first.
    private final class Race<Value: Sendable>: Sendable {
        private let continuation: Mutex<CheckedContinuation<Outcome<Value>, Never>?>

        init(_ continuation: CheckedContinuation<Outcome<Value>, Never>) { self.continuation = Mutex(continuation) }

        func end(_ outcome: Outcome<Value>) {
            continuation.withLock { $0.take() }?.resume(returning: outcome)
        }
    }
}

extension Array {
    /// The element at an index, made first if it is nil.
    fileprivate subscript<Wrapped>(
        index: Int, default value: @autoclosure () -> Wrapped
    ) -> Wrapped where Element == Wrapped? {
        get { self[index] ?? value() }
        set { self[index] = newValue }
    }
}
