package import BrokerValues

// Attributes of sessions, for those who ask from outside. They live in memory with their session and, if that is stored,
// in the storage: what a change answers is told when the change, and all before it, is safe. A session that moves has
// none that could be asked for until it has arrived.
extension Shard {
    // MARK: Asking

    /// One attribute of a session; nil if it has none of that key. It may not be safe yet.
    package func attribute(_ key: String, of name: String) throws(AttributeFailure) -> SessionAttribute? {
        try settledSession(name).attributes?.value[Array(key.utf8)]
    }

    /// All attributes of a session, in no order. They may not be safe yet.
    package func attributes(of name: String) throws(AttributeFailure) -> [SessionAttribute] {
        try settledSession(name).attributes.map { Array($0.value.elements) } ?? []
    }

    // MARK: Changing

    /// Gives a session an attribute, or one that it has another value.
    ///
    /// - Parameters:
    ///   - timestamp: milliseconds since 1970; that of the moment for a value without one of its own.
    ///   - answer: called once, on this shard's loop: at once, or when what it says is safe. Not at all if the broker ends
    ///     before that.
    package func putAttribute(
        _ key: String, _ value: [UInt8], timestamp: Int64, _ condition: AttributeCondition = .always,
        of name: String, now: Instant, answer: @escaping (Result<AttributePut, AttributeFailure>) -> Void
    ) {
        self.now = now
        change(name, answer) { session throws(AttributeFailure) in
            let attribute = SessionAttribute(key: Array(key.utf8), value: value, timestamp: timestamp)
            return try self.put(attribute, condition, session)
        }
    }

    /// Takes an attribute from a session; the answer is what it was, see
    /// ``putAttribute(_:_:timestamp:_:of:now:answer:)``.
    package func removeAttribute(
        _ key: String, of name: String, now: Instant,
        answer: @escaping (Result<SessionAttribute?, AttributeFailure>) -> Void
    ) {
        self.now = now
        change(name, answer) { session throws(AttributeFailure) in self.remove(Array(key.utf8), session) }
    }

    /// Takes all attributes from a session; the answer is how many there were, see
    /// ``putAttribute(_:_:timestamp:_:of:now:answer:)``.
    package func removeAttributes(
        of name: String, now: Instant, answer: @escaping (Result<Int, AttributeFailure>) -> Void
    ) {
        self.now = now
        change(name, answer) { session throws(AttributeFailure) in
            let keys = session.attributes?.value.elements.map(\.key) ?? []
            for key in keys { _ = self.remove(key, session) }
            return keys.count
        }
    }

    /// Changes a session if it is here to stay, and answers when that is safe.
    ///
    /// An answer that nothing was changed tells of what others have changed, so it waits for those as well.
    private func change<Value>(
        _ name: String, _ answer: @escaping (Result<Value, AttributeFailure>) -> Void,
        _ body: (Session) throws(AttributeFailure) -> Value
    ) {
        do throws(AttributeFailure) {
            let session = try settledSession(name)
            if session.isStored, isStorageBehind { throw .busy }
            let value = try body(session)
            guard session.isStored, journal?.lastNeeded != nil else { return answer(.success(value)) }
            promiseReply(AttributeReply { isSafe in answer(isSafe ? .success(value) : .failure(.notStored)) })
        } catch {
            answer(.failure(error))
        }
    }

    /// Those who wait are counted with the acknowledgements: too many slow publishers and new changes alike.
    private func promiseReply(_ reply: AttributeReply) {
        commitGroup.acknowledgements += 1
        waitingAcknowledgements += 1
        promise(.attribute(reply))
    }

    private func settledSession(_ name: String) throws(AttributeFailure) -> Session {
        guard let session = sessions[identity(name)] else { throw .absent }
        switch session.move {
        case .arriving, .departing: throw .moving
        case nil: return session
        }
    }

    private func put(
        _ attribute: SessionAttribute, _ condition: AttributeCondition, _ session: Session
    ) throws(AttributeFailure) -> AttributePut {
        if attribute.key.count > AttributeLimits.keyBytes { throw .keyTooLong }
        if attribute.value.count > AttributeLimits.valueBytes { throw .valueTooLong }
        let previous = session.attributes?.value[attribute.key]
        if let previous, !condition.allows(attribute.timestamp, over: previous.timestamp) {
            return AttributePut(previous: previous, isStored: false)
        }
        if previous == nil, session.attributes?.value.count ?? 0 >= AttributeLimits.count { throw .tooMany }
        let added = attribute.chargedBytes - (previous?.chargedBytes ?? 0)
        if added > 0, attributeUse.bytes + added > AttributeLimits.brokerBytes / shardCount { throw .noMemory }
        if session.isStored, gates.isStorageFull { throw .storageFull }
        changeAttributes(session) { $0.set(attribute) }
        if session.isStored { storeAttribute(.set(session.storedNumber, attribute)) }
        return AttributePut(previous: previous, isStored: true)
    }

    private func remove(_ key: [UInt8], _ session: Session) -> SessionAttribute? {
        guard session.attributes != nil, let removed = changeAttributes(session, { $0.remove(key) }) else { return nil }
        if session.isStored { storeAttribute(.removed(session.storedNumber, key: key)) }
        return removed
    }

    private func storeAttribute(_ change: AttributeChange) {
        journal?.add(change)
        requestTick()
    }

    private func changeAttributes<Value>(_ session: Session, _ body: (inout SessionAttributes) -> Value) -> Value {
        let box = session.attributes ?? Session.AttributesBox()
        attributeUse.count -= box.value.count
        attributeUse.bytes -= box.value.chargedBytes
        let value = body(&box.value)
        attributeUse.count += box.value.count
        attributeUse.bytes += box.value.chargedBytes
        session.attributes = box.value.isEmpty ? nil : box
        return value
    }

    // MARK: With their session

    /// A session comes with attributes: from the storage, or from another shard.
    func giveAttributes(_ attributes: SessionAttributes, to session: Session) {
        if !attributes.isEmpty { changeAttributes(session) { $0 = attributes } }
    }

    /// A session goes, to another shard or for good. Returns its attributes.
    @discardableResult
    func takeAttributes(of session: Session) -> SessionAttributes {
        guard let box = session.attributes else { return SessionAttributes() }
        let attributes = box.value
        changeAttributes(session) { $0 = SessionAttributes() }
        return attributes
    }

    /// A session is stored from now on, with the attributes that it has.
    func storeAttributes(of session: Session) {
        for attribute in session.attributes?.value.elements ?? [] {
            storeAttribute(.set(session.storedNumber, attribute))
        }
    }
}
