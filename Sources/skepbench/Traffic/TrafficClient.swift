import MQTTWire

/// One connected client of a ``TrafficLoop``.
struct TrafficClient {
    let descriptor: Int32
    var isClosed = false

    // What it publishes.
    /// One for each topic, in turn, without the payload, which is the same for all; empty if it publishes nothing.
    var forms: [PublishForm] = []
    var payload: [UInt8] = []
    var turn = 0
    /// Messages that it has yet to send; very many if there is no end.
    var left = Int.max
    /// Whether its messages are acknowledged.
    var hasIdentifiers = false
    /// Deliveries that each becomes.
    var receivers = 0
    /// Messages of QoS 1 and 2 that it may have in flight.
    var window = 0
    var inFlight = 0
    var identifier: UInt16 = 0
    /// Whether it stands in the list of those that may send (closed loop).
    var isReady = false
    /// When messages were due that had to wait (open loop), the oldest first, from ``overdueStart`` on.
    var overdue: [Int] = []
    var overdueStart = 0

    // What its socket has not taken yet, from ``outputStart`` on.
    var output: [UInt8] = []
    var outputStart = 0
    /// Whether it stands in the list of those that have something to send.
    var isDirty = false
    var watchesWrites = false

    // What was received.
    /// The begin of a packet of which too little has come.
    var kept: [UInt8] = []
    /// Bytes that are still to come of a packet that was counted.
    var toSkip = 0

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Bytes that wait for the socket.
    var waiting: Int { output.count - outputStart }

    /// Gives up the room of what the socket has taken, once it is most of it: it may never have taken all.
    mutating func forgetSent() {
        guard outputStart > TrafficLoop.outputLimit, outputStart * 2 > output.count else { return }
        output.removeFirst(outputStart)
        outputStart = 0
    }

    /// Writes one message behind what waits; there must be a form.
    @inline(__always)
    mutating func publish(stamp: Int) {
        let form = forms[turn]
        turn = turn + 1 == forms.count ? 0 : turn + 1
        left -= 1
        let start = output.count
        output.append(contentsOf: form.bytes)
        if form.identifierOffset > 0 {
            identifier = identifier == .max ? 1 : identifier + 1
            inFlight += 1
            output[start + form.identifierOffset] = UInt8(identifier >> 8)
            output[start + form.identifierOffset + 1] = UInt8(identifier & 0xFF)
        }
        output.append(contentsOf: payload)
        guard payload.count >= TrafficPlan.smallestPayload else { return }
        // Safe: there is room for the stamp, as was just checked.
        unsafe output.withUnsafeMutableBytes { bytes in
            unsafe bytes.storeBytes(
                of: UInt64(stamp).bigEndian, toByteOffset: start + form.payloadOffset, as: UInt64.self)
        }
    }

    /// Keeps when a message was due that cannot be sent yet.
    mutating func keepOverdue(_ due: Int) {
        // So that the list stays as short as what it holds.
        if overdueStart > 1_024, overdueStart * 2 > overdue.count {
            overdue.removeFirst(overdueStart)
            overdueStart = 0
        }
        overdue.append(due)
    }

    /// Writes a packet that holds nothing but an identifier.
    @inline(__always)
    mutating func answer(_ firstByte: UInt8, _ identifier: UInt16) {
        output.append(firstByte)
        output.append(2)
        output.append(UInt8(identifier >> 8))
        output.append(UInt8(identifier & 0xFF))
    }
}
