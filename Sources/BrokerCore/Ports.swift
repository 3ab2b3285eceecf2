package import BrokerValues
package import MQTTWire

/// Names a question that a port has not answered yet. The shard gives the number out.
package typealias RequestNumber = UInt64

/// The answer of a port: at once, or later as an event with the number of the request.
package enum Answer<Value: Sendable>: Sendable {
    case now(Value)
    /// The shard is told by its `…Resolved` method; until then the client's packets wait in their order.
    case pending
}

// MARK: - Storage

/// Keeps state through restarts. Without one the broker keeps it in memory and nothing waits for it.
///
/// Each shard has a port of its own, which answers on the shard's loop, in the order in which it was asked.
package protocol StoragePort: AnyObject {
    /// The clock that what is stored is stamped with.
    var clock: StorageClock { get }

    /// Where the shard begins to count its messages and sessions: above all that is stored.
    var firstSequence: UInt64 { get }

    /// What it keeps.
    var kinds: StoredKinds { get }

    /// Seconds that a client has to return in after a restart before its will is published, if the will's own delay is
    /// not longer: the restart is no fault of the client's.
    var willGraceSeconds: UInt32 { get }

    /// Takes a batch to be made safe. Never blocks. ``Shard/batchCommitted(_:now:)`` is called when it is, and before
    /// that ``Shard/storageDelayed(by:now:)`` if it has failed for long: it is tried again all the same.
    func submit(_ batch: StorageBatch)

    /// Reads the content of stored messages, those of batches that were submitted before included. Never blocks.
    /// ``Shard/messagesLoaded(_:_:now:)`` is called with the answer.
    func load(_ question: LoadQuestion)
}

/// What a storage keeps.
package struct StoredKinds: Sendable, Equatable {
    package let sessions: Bool
    /// Messages that wait for a session, or are in flight.
    package let messages: Bool
    package let retained: Bool

    /// By default everything.
    package init(sessions: Bool = true, messages: Bool = true, retained: Bool = true) {
        self.sessions = sessions
        self.messages = sessions && messages
        self.retained = retained
    }

    /// Whether there is nothing to keep.
    package var isEmpty: Bool { !sessions && !retained }
}

extension StoragePort {
    /// Everything.
    package var kinds: StoredKinds { StoredKinds() }

    /// Half a minute.
    package var willGraceSeconds: UInt32 { 30 }
}

// MARK: - Peers

/// Other brokers of a cluster. Filters and messages pass through here as they pass between shards.
package protocol PeersPort: AnyObject {
    /// This shard has (or has no more) subscribers for a filter.
    func interestChanged(_ filter: [UInt8], isInterested: Bool)

    /// A message was published on this shard.
    func published(_ message: Message)
}

// MARK: - Observer

/// Something that happened and that somebody may want to know: for logs, events and counters.
///
/// Nothing that happens for every message is here; that is counted, not told.
package enum BrokerFact: Sendable {
    /// A connection ended before it was let in, with a refusal or without a word.
    case connectRefused(
        client: String, user: String?, address: String, listener: ListenerIdentity, ReasonCode, String)
    case clientConnected(ClientIdentity, address: String, listener: ListenerIdentity, ProtocolVersion, resumed: Bool)
    case clientDisconnected(ClientIdentity, address: String, DisconnectCause, String)
    /// - Parameter hasExpired: its client has been away for longer than it may; false for every other end.
    case sessionEnded(ClientIdentity, hasExpired: Bool)
    /// A limit has refused something.
    ///
    /// - Parameter client: whose it was; empty where that is not known.
    case limitHit(LimitName, client: String)
    /// One for each SUBSCRIBE: how many filters were refused, and the first of them with its reason.
    case subscriptionsRefused(ClientIdentity, count: Int, filter: String, ReasonCode)
    case messageDropped(ClientIdentity?, DropReason, QualityOfService)
    case willPublished(ClientIdentity)
    /// A client is not read from for a while: nobody, where it has not said who it is.
    case clientSlowed(ClientIdentity?, address: String, ListenerIdentity, PauseCause)
    /// A client was let in, and there is little room for more.
    case connectionsNearLimit(ClientIdentity, count: Int, limit: Int)
}

/// Hears the facts. Called on the shard's own loop: it must not block.
package protocol BrokerObserver: AnyObject {
    func observe(_ fact: BrokerFact)

    /// Whether clients that come are told of at all: making the fact costs more than not to tell it.
    var hearsOfConnects: Bool { get }

    /// The same for sessions that end.
    var hearsOfSessionEnds: Bool { get }

    /// The same for clients that go for this cause.
    func hearsOfDisconnects(_ cause: DisconnectCause) -> Bool
}

extension BrokerObserver {
    /// Every client that comes.
    package var hearsOfConnects: Bool { true }

    /// Every session that ends.
    package var hearsOfSessionEnds: Bool { true }

    /// Every client that goes.
    package func hearsOfDisconnects(_ cause: DisconnectCause) -> Bool { true }
}

// MARK: - Host

/// The connection as the core sees it: somewhere to send bytes.
package protocol ClientLink: AnyObject {
    /// The client's address, for logs.
    var remoteAddress: String { get }

    /// The same with what else is known of the peer. Asked when CONNECT has arrived.
    var origin: ConnectionOrigin { get }

    /// Sends what `buffer` holds, at once as far as the socket takes it, and empties it.
    ///
    /// - Returns: bytes that the socket has not taken yet. When they have gone, ``Shard/drained(_:unsent:)`` is called.
    func send(_ buffer: inout OutBuffer) -> Int

    /// Bytes that the peer has sent or taken since the connection began; nil if that is not known.
    var movedBytes: UInt64? { get }

    /// Closes the connection once everything sent has left, or after a short while, and forgets what was not handled.
    func close()

    /// Stops (true) or goes on (false) reading; what was read but not handled is handed in again.
    func setPaused(_ isPaused: Bool)
}

extension ClientLink {
    /// A connection in the clear.
    package var origin: ConnectionOrigin { ConnectionOrigin(address: remoteAddress) }
}

/// What runs a shard: an event loop, or a simulation.
package protocol ShardHost: AnyObject {
    /// Calls ``Shard/endTick()`` once everything that is ready now was handled.
    func tickNeeded()

    /// Hands `mail` to another shard, in order with all earlier mail from this one.
    func post(_ mail: [ShardMail], to shard: ShardIndex)

    /// The instant now, to measure how long something took; decisions use the instant that they are handed.
    func instant() -> Instant

    /// Calls ``Shard/woken(now:)`` at an instant, or soon if it has come; never before what is ready now, reads of other
    /// sockets included, has been handled. Only the last call counts.
    func wake(at instant: Instant)

    /// A number nobody can guess, for identifiers that the broker assigns.
    func randomNumber() -> UInt64
}
