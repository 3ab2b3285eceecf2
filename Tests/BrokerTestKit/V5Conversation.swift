// What tests of version 5 say to a broker again and again.
extension TestClient {
    /// Connects with version 5.
    ///
    /// - Parameter expiry: the Session Expiry Interval in seconds; nil leaves the property out.
    package static func connect5(
        _ broker: TestBroker, id: String = "", clean: Bool = true, keepAlive: UInt16 = 0,
        will: ConnectFields.Will? = nil, expiry: UInt32? = nil, properties: [WireProperty] = [],
        _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> TestClient {
        let first = expiry.map { [WireProperty.sessionExpiry($0)] } ?? []
        return try await connect(
            broker, id: id, version: .v5, clean: clean, keepAlive: keepAlive, will: will,
            properties: first + properties, file, line)
    }

    /// Sends a CONNECT and expects to be turned away with this code.
    @discardableResult
    package static func expectRefusal(
        _ broker: TestBroker, _ fields: ConnectFields, _ code: UInt8, _ file: StaticString = #fileID,
        _ line: UInt = #line
    ) async throws -> ServerPacket.Connack {
        let client = try await open(broker, version: .v5)
        client.sendConnect(fields)
        return try await client.expectRefusal(code, file, line)
    }

    /// Sends a packet, which must be answered by DISCONNECT with one of these codes and the end of the connection.
    @discardableResult
    package func expectDisconnect(
        _ reasons: UInt8..., after packet: ClientPacket, file: StaticString = #fileID, line: UInt = #line
    ) async throws -> ServerPacket.Ending {
        send(packet)
        let answer = try await nextAfterPublishes(file, line)
        guard case .disconnect(let ending) = answer, reasons.contains(ending.reason) else {
            throw TestFailure("a DISCONNECT with \(hexadecimal(reasons)) should come, but \(answer) came", file, line)
        }
        try await expectClosed(file, line)
        return ending
    }

    /// Expects the next PUBLISH to have this payload, completes its exchange and returns it.
    @discardableResult
    package func expectPublish(
        _ text: String, _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket.Publish {
        let publish = try await takePublish(file, line)
        guard publish.text == text else {
            throw TestFailure("the message \(text) should come, but \(publish) came", file, line)
        }
        return publish
    }

    /// Expects the next PUBLISH to have this payload and leaves it unanswered.
    @discardableResult
    package func expectUnanswered(
        _ text: String, _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket.Publish {
        let publish = try await nextPublish(file, line)
        guard publish.text == text else {
            throw TestFailure("the message \(text) should come, but \(publish) came", file, line)
        }
        return publish
    }

    /// Expects exactly this packet next.
    package func expect(
        _ packet: ServerPacket, _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws {
        let answer = try await next(file, line)
        guard answer == packet else { throw TestFailure("\(packet) should come, but \(answer) came", file, line) }
    }
}

extension ServerPacket.Publish {
    /// The packet identifier; a failure for QoS 0.
    package func identifier(_ file: StaticString = #fileID, _ line: UInt = #line) throws -> UInt16 {
        guard let packetIdentifier else { throw TestFailure("\(self) has no packet identifier", file, line) }
        return packetIdentifier
    }
}

/// Waits for something that the broker does by itself. The time is there to end a test that would hang.
package func waitUntil(
    _ what: String, _ file: StaticString = #fileID, _ line: UInt = #line, _ condition: () async throws -> Bool
) async throws {
    for _ in 0..<2000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw TestFailure("waited in vain: \(what)", file, line)
}
