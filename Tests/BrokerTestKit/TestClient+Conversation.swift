// What most tests say to a broker.
extension TestClient {
    /// Opens a connection, sends CONNECT and expects a CONNACK with code 0; it is kept in ``connack``.
    package static func connect(
        _ broker: TestBroker, id: String = "", version: MQTTVersion = .v311, clean: Bool = true, keepAlive: UInt16 = 0,
        will: ConnectFields.Will? = nil, userName: String? = nil, password: String? = nil,
        properties: [WireProperty] = [], _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> TestClient {
        let client = try await open(broker)
        try await client.connect(
            ConnectFields(
                id: id, version: version, clean: clean, keepAlive: keepAlive, will: will, userName: userName,
                password: password, properties: properties), file, line)
        return client
    }

    /// Sends CONNECT and expects a CONNACK with code 0.
    package func connect(
        _ fields: ConnectFields, _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws {
        sendConnect(fields)
        let answer = try await nextConnack(file, line)
        guard answer.code == 0 else { throw TestFailure("the broker refused with code \(answer.code)", file, line) }
        connack = answer
    }

    /// Sends CONNECT and speaks its version from now on.
    package func sendConnect(_ fields: ConnectFields) {
        version = fields.version
        send(.connect(fields))
    }

    /// Subscribes to one filter and expects it to be granted. PUBLISH packets that come before SUBACK stay to be read.
    @discardableResult
    package func subscribe(
        _ filter: String, qos: UInt8 = 0, properties: [WireProperty] = [], _ file: StaticString = #fileID,
        _ line: UInt = #line
    ) async throws -> UInt8 {
        try await subscribe([FilterRequest(filter, qos: qos)], properties: properties, file, line)[0]
    }

    /// Subscribes to several filters, expects all to be granted and returns the granted QoS of each.
    @discardableResult
    package func subscribe(
        _ filters: [FilterRequest], properties: [WireProperty] = [], _ file: StaticString = #fileID,
        _ line: UInt = #line
    ) async throws -> [UInt8] {
        let id = makeIdentifier()
        send(.subscribe(id, filters, properties: properties))
        let packet = try await nextAfterPublishes(file, line)
        guard case .suback(let answer) = packet, answer.packetIdentifier == id, answer.codes.count == filters.count,
            answer.codes.allSatisfy({ $0 < 0x80 })
        else { throw TestFailure("SUBSCRIBE \(id) was answered by \(packet)", file, line) }
        return answer.codes
    }

    /// Unsubscribes and expects UNSUBACK.
    @discardableResult
    package func unsubscribe(
        _ filters: String..., file: StaticString = #fileID, line: UInt = #line
    ) async throws -> [UInt8] {
        let id = makeIdentifier()
        send(.unsubscribe(id, filters))
        let packet = try await nextAfterPublishes(file, line)
        guard case .unsuback(let answer) = packet, answer.packetIdentifier == id else {
            throw TestFailure("UNSUBSCRIBE \(id) was answered by \(packet)", file, line)
        }
        return answer.codes
    }

    /// Publishes and completes the exchange of its QoS; at QoS 0 the broker has handled the message on return, too.
    package func publish(
        _ topic: String, _ payload: String = "", qos: UInt8 = 0, retain: Bool = false, dup: Bool = false,
        id: UInt16? = nil, properties: [WireProperty] = [], _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws {
        let identifier = qos == 0 ? nil : id ?? makeIdentifier()
        send(
            .publish(topic, payload, qos: qos, id: identifier, retain: retain, dup: dup, properties: properties))
        guard let identifier else { return try await ping(file, line) }
        let answer = try await nextAfterPublishes(file, line)
        switch (qos, answer) {
        case (1, .puback(let puback)) where puback.packetIdentifier == identifier && puback.reason < 0x80: return
        case (2, .pubrec(let pubrec)) where pubrec.packetIdentifier == identifier && pubrec.reason < 0x80:
            send(.pubrel(identifier))
            let last = try await nextAfterPublishes(file, line)
            guard last == .pubcomp(.init(identifier)) else {
                throw TestFailure("PUBREL \(identifier) was answered by \(last)", file, line)
            }
        default: throw TestFailure("PUBLISH \(identifier) at QoS \(qos) was answered by \(answer)", file, line)
        }
    }

    /// Sends PINGREQ and expects PINGRESP; PUBLISH packets that come before it stay to be read.
    package func ping(_ file: StaticString = #fileID, _ line: UInt = #line) async throws {
        send(.pingreq)
        let packet = try await nextAfterPublishes(file, line)
        guard packet == .pingresp else { throw TestFailure("PINGREQ was answered by \(packet)", file, line) }
    }

    /// Expects that nothing is on its way to this client: PINGRESP is the very next packet after PINGREQ.
    ///
    /// It is asked twice: mail from another event loop that was posted before the first question is handled before the
    /// second.
    package func expectNothing(_ file: StaticString = #fileID, _ line: UInt = #line) async throws {
        for _ in 0..<2 {
            send(.pingreq)
            let packet = try await next(file, line)
            guard packet == .pingresp else { throw TestFailure("nothing should come, but \(packet) came", file, line) }
        }
    }

    /// Sends a packet, which must make the broker close the connection without a word.
    package func expectClosed(
        after packet: ClientPacket, _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws {
        send(packet)
        try await expectClosed(file, line)
    }

    /// Sends bytes, which must make the broker close the connection without a word.
    package func expectClosed(
        after bytes: [UInt8], _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws {
        send(bytes)
        try await expectClosed(file, line)
    }

    /// Expects a DISCONNECT with this reason, then the end of the connection (version 5).
    @discardableResult
    package func expectDisconnect(
        _ reason: UInt8, _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket.Ending {
        let packet = try await next(file, line)
        guard case .disconnect(let ending) = packet, ending.reason == reason else {
            throw TestFailure("a DISCONNECT with \(hexadecimal([reason])) should come, but \(packet) came", file, line)
        }
        try await expectClosed(file, line)
        return ending
    }

    /// Expects a CONNACK with this code, then the end of the connection.
    @discardableResult
    package func expectRefusal(
        _ code: UInt8, _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket.Connack {
        let answer = try await nextConnack(file, line)
        guard answer.code == code, !answer.sessionPresent else {
            throw TestFailure("a CONNACK with \(hexadecimal([code])) should come, but \(answer) came", file, line)
        }
        try await expectClosed(file, line)
        return answer
    }

    /// Says DISCONNECT and waits until the broker has closed.
    package func disconnect(_ file: StaticString = #fileID, _ line: UInt = #line) async throws {
        send(.disconnect())
        try await expectClosed(file, line)
    }

    // MARK: - The next packet, of a kind

    package func nextConnack(
        _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket.Connack {
        let packet = try await next(file, line)
        guard case .connack(let connack) = packet else { throw unexpected("CONNACK", packet, file, line) }
        return connack
    }

    package func nextPublish(
        _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket.Publish {
        let packet = try await next(file, line)
        guard case .publish(let publish) = packet else { throw unexpected("PUBLISH", packet, file, line) }
        return publish
    }

    /// The next PUBLISH, with the whole exchange of its QoS.
    package func takePublish(
        _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket.Publish {
        let publish = try await nextPublish(file, line)
        guard let id = publish.packetIdentifier else { return publish }
        if publish.qos == 1 {
            send(.puback(id))
        } else {
            send(.pubrec(id))
            let packet = try await nextAfterPublishes(file, line)
            guard packet == .pubrel(.init(id)) else { throw unexpected("PUBREL \(id)", packet, file, line) }
            send(.pubcomp(id))
        }
        return publish
    }

    package func nextSuback(
        _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket.SubscriptionAnswer {
        let packet = try await next(file, line)
        guard case .suback(let answer) = packet else { throw unexpected("SUBACK", packet, file, line) }
        return answer
    }

    package func nextUnsuback(
        _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket.SubscriptionAnswer {
        let packet = try await next(file, line)
        guard case .unsuback(let answer) = packet else { throw unexpected("UNSUBACK", packet, file, line) }
        return answer
    }

    /// The next packet that is not a PUBLISH; those before it stay to be read.
    package func nextAfterPublishes(
        _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> ServerPacket {
        var setAside: [[UInt8]] = []
        defer { putBack(setAside) }
        while true {
            let (packet, bytes) = try await nextWithBytes(file, line)
            guard packet.publish != nil else { return packet }
            setAside.append(bytes)
        }
    }

    private func unexpected(
        _ expected: String, _ packet: ServerPacket, _ file: StaticString, _ line: UInt
    ) -> TestFailure {
        TestFailure("\(expected) should come, but \(packet) came", file, line)
    }
}
