import Glibc
import MQTTWire
import Synchronization

/// What the scenario tells a running ``MetricsProbe``, and what it has seen.
final class MetricsControl: Sendable {
    let isStopped = Atomic<Bool>(false)
    /// The highest value so far in thousandths; -1 if there was none. The scenario sets it back between its phases.
    let highest = Atomic<Int>(-1)
    /// Answers that came and had the value, and those that did not.
    let answers = Atomic<Int>(0)
    let failures = Atomic<Int>(0)

    /// The highest value since this was last called.
    func takeHighest() -> Double? {
        let value = highest.exchange(-1, ordering: .relaxed)
        return value < 0 ? nil : Double(value) / 1_000
    }
}

/// Asks for one metric again and again, in the calling thread, until it is told to stop.
struct MetricsProbe {
    /// Nanoseconds from one question to the next.
    static let interval = 200 * MonotonicClock.millisecond
    /// What one answer may take, in nanoseconds and bytes.
    private static let timeLimit = 2 * MonotonicClock.second
    private static let largestAnswer = 8 * 1_048_576

    let address: MetricsAddress
    let endpoint: Endpoint
    let metric: String
    private let buffer = ReceiveBuffer(size: 64 * 1024)

    /// - Throws: if the address cannot be resolved.
    init(_ address: MetricsAddress, metric: String) throws(BenchError) {
        self.address = address
        self.metric = metric
        endpoint = try Endpoint.resolve(host: address.host, port: address.port)
    }

    func run(_ control: MetricsControl) {
        while !control.isStopped.load(ordering: .relaxed) {
            let start = MonotonicClock.now()
            if let value = try? ask(), value.isFinite {
                // A senseless value is cut, not trusted.
                let thousandths = Int(min(max(value, 0), 1_000_000) * 1_000)
                if thousandths > control.highest.load(ordering: .relaxed) {
                    control.highest.store(thousandths, ordering: .relaxed)
                }
                control.answers.add(1, ordering: .relaxed)
            } else {
                control.failures.add(1, ordering: .relaxed)
            }
            MonotonicClock.sleep(nanoseconds: start + Self.interval - MonotonicClock.now())
        }
    }

    /// One question: the greatest value of the metric.
    ///
    /// - Throws: if there is no answer or the metric is not in it.
    func ask() throws(BenchError) -> Double {
        guard let value = MetricsText.value(of: metric, in: try scrape()) else {
            throw failure("the answer has no \(metric)")
        }
        return value
    }

    /// All metrics, in Prometheus' text format.
    ///
    /// - Throws: if there is no answer.
    func scrape() throws(BenchError) -> String {
        let descriptor = try Sockets.connect(to: endpoint, from: nil)
        defer { close(descriptor) }
        let poller = try Poller()
        try poller.add(descriptor, token: 0, .write)
        let deadline = MonotonicClock.now() + Self.timeLimit
        // HTTP/1.0, so that the answer comes whole and unchunked and ends with the connection.
        let request = Array("GET \(address.path) HTTP/1.0\r\nHost: \(endpoint)\r\nAccept: text/plain\r\n\r\n".utf8)
        var isSent = false
        var answer: [UInt8] = []
        while true {
            let left = deadline - MonotonicClock.now()
            guard left > 0 else { throw failure("no answer within \(Self.timeLimit / MonotonicClock.second) s") }
            guard try poller.wait(nanoseconds: left) > 0 else { continue }
            if !isSent {
                let number = Sockets.pendingError(descriptor)
                guard number == 0 else { throw failure(BenchError.text(of: number)) }
                guard case .moved(request.count) = Sockets.send(descriptor, request) else {
                    throw failure("the question could not be sent")
                }
                isSent = true
                try poller.change(descriptor, token: 0, .read)
                continue
            }
            switch try buffer.receive(descriptor, { answer += $0.bytes }) {
            case .moved:
                guard answer.count <= Self.largestAnswer else { throw failure("the answer is too large") }
            case .wouldBlock: break
            case .failed(let number): throw failure(BenchError.text(of: number))
            case .ended: return String(decoding: answer, as: UTF8.self)
            }
        }
    }

    private func failure(_ reason: String) -> BenchError {
        BenchError(.unavailable, "Metrics of \(endpoint)\(address.path): \(reason)")
    }
}
