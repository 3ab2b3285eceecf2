import BrokerValues
import MQTTWire

/// Clients beside those that are measured: what they have subscribed to must not make the others' messages dearer.
enum Crowd {
    /// Filters in one SUBSCRIBE.
    private static let filtersOfPacket = 100

    /// Lets clients subscribe to so many different filters, shared out evenly. No message of a run matches one.
    static func subscribe(
        _ descriptors: [Int32], filters: Int, prefix: String, _ encoder: ClientEncoder
    ) throws(BenchError) {
        guard filters > 0, !descriptors.isEmpty else { return }
        var next = 0
        for (number, descriptor) in descriptors.enumerated() {
            var dialogue = try Dialogue(descriptor)
            let end = filters * (number + 1) / descriptors.count
            while next < end {
                let last = min(end, next + filtersOfPacket)
                // One of ten has a wildcard, as in the fields.
                let names = (next..<last).map {
                    $0 % 10 == 0 ? "\(prefix)site/\($0)/+/state" : "\(prefix)device/\($0)/state"
                }
                try dialogue.ask(
                    encoder.subscribe(packetIdentifier: 1, filters: names, qos: .atMostOnce), for: .suback)
                next = last
            }
        }
    }
}

/// Subscriptions that come and go while something else is measured, in the calling thread.
struct Churn {
    let descriptor: Int32
    let encoder: ClientEncoder
    let prefix: String
    /// Subscriptions a second; each is taken back when the next 100 were made.
    let rate: Double

    private static let kept = 100
    /// Packets that may wait for their answer: a broker under load takes its time.
    private static let unanswered = 4_000
    private static let longestWait = 10 * MonotonicClock.millisecond

    /// Goes on until the control says stop.
    ///
    /// - Returns: subscriptions that were made while messages were measured.
    func run(_ control: TrafficControl) throws(BenchError) -> Int {
        let poller = try Poller()
        try poller.add(descriptor, token: 0, .read)
        let buffer = ReceiveBuffer(size: 64 * 1024)
        var dialogue = try Dialogue(descriptor)
        var answers = FrameCounter()
        let start = MonotonicClock.now()
        var made = 0
        var asked = 0
        var measured = 0
        while control.phase != .stopped {
            let due = start + Int(Double(made) / rate * Double(MonotonicClock.second))
            let wait = due - MonotonicClock.now()
            if wait <= 0, asked - answers.others < Self.unanswered {
                asked += try subscribe(made, &dialogue)
                made += 1
                if control.phase == .measuring { measured += 1 }
                continue
            }
            if try poller.wait(nanoseconds: wait > 0 ? min(wait, Self.longestWait) : Self.longestWait) == 0 { continue }
            switch try buffer.receive(descriptor, { answers.feed($0) }) {
            case .moved, .wouldBlock: break
            case .ended, .failed:
                throw BenchError(.refused, "The broker closed the client that subscribes again and again")
            }
        }
        return measured
    }

    /// Makes one subscription and takes an old one back; returns how many packets that took.
    private func subscribe(_ number: Int, _ dialogue: inout Dialogue) throws(BenchError) -> Int {
        // Not used again before it was answered: fewer may be unanswered.
        let identifier = UInt16(number % (Int(UInt16.max) / 2)) * 2
        try dialogue.send(
            encoder.subscribe(
                packetIdentifier: identifier + 1, filter: "\(prefix)churn/\(number)/+", qos: .atMostOnce))
        guard number >= Self.kept else { return 1 }
        try dialogue.send(
            encoder.unsubscribe(packetIdentifier: identifier + 2, filter: "\(prefix)churn/\(number - Self.kept)/+"))
        return 2
    }
}
