import BrokerValues
import Synchronization

extension TrafficLoop {
    /// Publishes what the pace admits now; returns for how many nanoseconds nothing will be due.
    mutating func pump(_ now: Int) -> Int {
        pacer.isClosed ? pumpWindow(now) : pumpRate(now)
    }

    /// Puts a client on the list of those that may send.
    mutating func makeReady(_ index: Int) {
        guard !clients[index].isReady else { return }
        clients[index].isReady = true
        pacer.makeReady(index)
    }

    /// A publisher's acknowledgement has come, or its socket has taken all: what waited for that goes on.
    mutating func mayHaveRoom(_ index: Int) {
        if clients[index].forms.isEmpty { return }
        if pacer.isClosed {
            if hasRoom(index) { makeReady(index) }
            return
        }
        while clients[index].overdueStart < clients[index].overdue.count, hasRoom(index) {
            let due = clients[index].overdue[clients[index].overdueStart]
            clients[index].overdueStart += 1
            publish(index, stamp: due)
        }
        if clients[index].overdueStart == clients[index].overdue.count, clients[index].overdueStart > 0 {
            clients[index].overdue.removeAll(keepingCapacity: true)
            clients[index].overdueStart = 0
        }
    }

    /// Counts as unsent what was due and has not been sent when the sending ends.
    mutating func giveUpOverdue() {
        for index in clients.indices where !clients[index].overdue.isEmpty {
            counts.unsent += clients[index].overdue.count - clients[index].overdueStart
            clients[index].overdue = []
            clients[index].overdueStart = 0
        }
    }

    // MARK: - Closed loop

    private mutating func pumpWindow(_ now: Int) -> Int {
        let received = control.received.load(ordering: .relaxed) + counts.received
        let underWay = control.expected.load(ordering: .relaxed) + counts.expected - received
        var room = pacer.room(underWay: underWay, received: received, now: now)
        var sent = 0
        while sent < TrafficPacer.mostAtOnce, let index = pacer.takeReady() {
            clients[index].isReady = false
            let receivers = clients[index].receivers
            let waitsForDeliveries = !clients[index].hasIdentifiers
            var turn = 0
            while turn < Self.turn, hasRoom(index), !waitsForDeliveries || room > 0 {
                publish(index, stamp: now)
                room -= receivers
                turn += 1
            }
            sent += turn
            if hasRoom(index) { makeReady(index) }
            if waitsForDeliveries, room <= 0 { break }
        }
        // With several threads another may get what makes room here.
        return waitsForOthers ? MonotonicClock.millisecond : .max
    }

    private var waitsForOthers: Bool { plan.threads > 1 }

    private func hasRoom(_ index: Int) -> Bool {
        !clients[index].isClosed && clients[index].waiting < Self.outputLimit
            && clients[index].left > 0
            && (clients[index].inFlight < clients[index].window || !clients[index].hasIdentifiers)
    }

    // MARK: - Open loop

    private mutating func pumpRate(_ now: Int) -> Int {
        var sent = 0
        guard pacer.hasTurns else { return .max }
        while sent < TrafficPacer.mostAtOnce {
            let due = pacer.due
            if due > now { return due - now }
            let index = pacer.takeTurn()
            sent += 1
            if pacer.isMeasuring { figures.lateness.record(now - due) }
            if clients[index].overdue.isEmpty, hasRoom(index) {
                publish(index, stamp: due)
            } else if !clients[index].isClosed,
                clients[index].overdue.count - clients[index].overdueStart < Self.overdueLimit
            {
                clients[index].keepOverdue(due)
            } else {
                counts.unsent += 1
            }
        }
        return 0
    }

    @inline(__always)
    private mutating func publish(_ index: Int, stamp: Int) {
        let stamp = pacer.unique(stamp)
        clients[index].publish(stamp: stamp)
        counts.sent += 1
        counts.expected += clients[index].receivers
        if clients[index].payload.count >= TrafficPlan.smallestPayload {
            counts.expectedStamps &+= stamp &* clients[index].receivers
        }
        markDirty(index)
    }
}
