import BrokerValues
import HeapModule
import MQTTWire
import MetricCatalog
import StressModel

// Stopping one connection and letting it go on, and why.
extension Shard {
    /// Stops reading from a connection for one more reason.
    func brake(_ connection: Connection, _ brake: Brakes) {
        guard connection.closing == .open, connection.brakes.insert(brake).inserted else { return }
        connection.openRequests += 1
    }

    /// One reason is gone.
    func release(_ connection: Connection, _ brake: Brakes) {
        guard connection.brakes.remove(brake) != nil else { return }
        requestDone(connection)
    }

    /// Reading from a connection stops; it was read from until now.
    func paused(_ connection: Connection) {
        connection.isPaused = true
        let cause = pauseCause(of: connection)
        connection.pause = Connection.Pause(cause: cause, began: now)
        counters.add(ShardCounters.connectionsPaused.base + cause.counterIndex)
        counters.add(ShardCounters.pauses.base + cause.counterIndex)
    }

    /// Reading from a connection goes on, or its end has come.
    func pauseEnded(_ connection: Connection) {
        connection.isPaused = false
        guard let pause = connection.pause else { return }
        connection.pause = nil
        let number = pause.cause.counterIndex
        counters.add(ShardCounters.connectionsPaused.base + number, -1)
        counters.add(ShardCounters.resumes.base + number)
        counters.add(ShardCounters.pausedMicroseconds.base + number, now.nanoseconds(since: pause.began) / 1000)
    }

    /// The reason that an operator would want to hear first.
    private func pauseCause(of connection: Connection) -> PauseCause {
        let brakes = connection.brakes
        if brakes.contains(.credits) { return .credits }
        if brakes.contains(.clientRate) { return .clientRate }
        if brakes.contains(.connectRate) { return .connectRate }
        if isGated, connection.turn <= 0 { return .bandwidth }
        if connection.isHeld { return .receiver }
        if isMailFull { return .mail }
        return brakes.contains(.turn) ? .turn : .answer
    }

    /// What a packet costs beyond being handled: called for each packet while a limit on bytes concerns the connection, or
    /// while it may send only a little.
    @inline(never)
    func meter(_ connection: Connection, packet: Int) {
        let early = min(connection.meteredEarly, packet)
        connection.meteredEarly -= early
        meter(connection, bytes: packet - early)
    }

    /// Bytes of a packet that is not whole have come: they are counted as they come, so that a large packet is slowed
    /// itself and nobody else.
    func meterPart(_ connection: Connection, bytes: Int) {
        guard isMetering || connection.isMetered else { return }
        connection.meteredEarly += bytes
        meter(connection, bytes: bytes)
        pauseIfNeeded(connection)
    }

    private func meter(_ connection: Connection, bytes: Int) {
        if isMetering { meterTogether(connection, bytes: bytes) }
        if connection.isInChunk { chunkHandled(connection, bytes: bytes) }
        guard let meter = connection.meters?.incoming, meter.isLimited else { return }
        meter.charge(bytes, at: now)
        let balance = meter.balance(at: now)
        if balance < 0 { waitForRate(connection, until: now.advanced(byNanoseconds: -balance)) }
    }

    // MARK: - A client's own limits on bytes

    private func waitForRate(_ connection: Connection, until instant: Instant) {
        brake(connection, .clientRate)
        rateWaits.insert(Waiting(key: instant, connection: connection))
        wake(at: instant)
    }

    /// Lets clients go on whose own limits on bytes allow more again.
    func reviewRates() {
        while let first = rateWaits.min, first.key <= now {
            rateWaits.removeMin()
            let connection = first.connection
            if connection.closing == .closed { continue }
            release(connection, .clientRate)
            if connection.isShaped, !connection.out.isEmpty { markDirty(connection) }
        }
        if let first = rateWaits.min { wake(at: first.key) }
    }

    /// Sends what a client's own limit on outgoing bytes allows now; the rest waits in its out buffer.
    func sendShaped(_ connection: Connection, _ meter: RateGate) {
        let balance = meter.balance(at: now)
        if balance > 0 {
            var part = connection.out.takeFirst(max(meter.units(in: balance), 1))
            meter.charge(part.count, at: now)
            connection.sentBytes &+= part.count
            unsentChanged(connection, to: connection.link.send(&part))
        }
        shapedChanged(connection, to: connection.out.count)
        guard !connection.out.isEmpty else { return }
        // Not for each byte that the limit gives: that would be a system call for each.
        let rest = min(max(meter.balance(at: now), -ClientMeters.longestWait), 0)
        let instant = now.advanced(byNanoseconds: ClientMeters.pace - rest)
        if connection.shapedUntil <= now {
            connection.shapedUntil = instant
            rateWaits.insert(Waiting(key: instant, connection: connection))
            wake(at: instant)
        }
    }

    /// Bytes that wait in the out buffer of a client with a limit of its own.
    func shapedChanged(_ connection: Connection, to bytes: Int) {
        // A socket that died while it was written to keeps nothing.
        let bytes = connection.closing == .closed || connection.departure != nil ? 0 : bytes
        shapedBytes += bytes - connection.shapedBytes
        connection.shapedBytes = bytes
    }
}
