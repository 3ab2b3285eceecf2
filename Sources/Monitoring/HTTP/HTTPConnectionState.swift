/// What one connection to an HTTP server owes and is owed: decides which parts of requests go on, when the connection
/// ends, and which time limit is running. Holds numbers only, whatever the client sends.
struct HTTPConnectionState {
    /// Whom the connection waits for; all but `server` have a time limit.
    enum Wait: Equatable {
        /// The client, to complete a request.
        case request
        /// The client, to begin another request.
        case nextRequest
        /// The client, to take an answer.
        case reader
        /// The client, to close what the server has ended.
        case farewell
        /// The server, to answer.
        case server
    }

    /// What becomes of a part of a request.
    enum Inbound: Equatable {
        case forward
        case drop
        /// Answer with this status, and then end the connection.
        case refuse(Refusal)
        /// End the connection without an answer: this request has got its own.
        case end
    }

    /// What follows the end of an answer.
    enum AfterAnswer: Equatable {
        case goOn
        case refuse(Refusal)
        case end
    }

    /// Why a request gets no answer of a route.
    enum Refusal: Equatable {
        case malformed
        case headTooLarge
        case bodyTooLarge
    }

    private enum Phase: Equatable {
        case open
        /// No further request is read; ends when all that is owed was answered, and the refusal if there is one.
        case lastAnswers(Refusal?)
        case ended
    }

    private let bodyLimit: Int
    private var phase = Phase.open
    /// Answers that routes owe.
    private var owed = 0
    /// Answers that were written and are not yet all with the kernel.
    private var unsent = 0
    /// The head of a request has come, its end has not.
    private var isRequestOpen = false
    /// Bytes of a head have come; a new connection counts as if.
    private var isHeadBegun = true
    private var bodyBytes = 0

    init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

    var wait: Wait {
        if unsent > 0 { return .reader }
        if phase == .ended { return .farewell }
        if isRequestOpen { return .request }
        if owed > 0 { return .server }
        return isHeadBegun ? .request : .nextRequest
    }

    /// Nothing that may still come from the client is of interest.
    var ignoresInput: Bool { phase != .open && !isRequestOpen }

    /// Whether the answer that begins now is the last one, so that its head must say so.
    var isLastAnswer: Bool { phase == .lastAnswers(nil) && owed == 1 }

    /// - Parameters:
    ///   - keepsAlive: whether another request may follow this one.
    ///   - declaredBody: the value of Content-Length.
    mutating func headReceived(keepsAlive: Bool, declaredBody: Int?) -> Inbound {
        guard phase == .open else { return .drop }
        isHeadBegun = false
        if let declaredBody, declaredBody > bodyLimit { return failed(.bodyTooLarge) }
        owed += 1
        isRequestOpen = true
        bodyBytes = 0
        if !keepsAlive { phase = .lastAnswers(nil) }
        return .forward
    }

    mutating func bodyReceived(bytes: Int) -> Inbound {
        guard isRequestOpen else { return .drop }
        bodyBytes += bytes
        return bodyBytes > bodyLimit ? failed(.bodyTooLarge) : .forward
    }

    mutating func endReceived() -> Inbound {
        guard isRequestOpen else { return .drop }
        isRequestOpen = false
        return .forward
    }

    /// A read has been handled; if no request came of it, one has begun.
    mutating func readCompleted() {
        if wait == .nextRequest { isHeadBegun = true }
    }

    /// The client broke a rule. A request whose head has been forwarded is answered by its route all the same, as the
    /// answer may be on its way already.
    mutating func failed(_ refusal: Refusal) -> Inbound {
        switch phase {
        case .ended, .lastAnswers(.some): return .drop
        case .lastAnswers(nil) where !isRequestOpen: return .drop
        case .open, .lastAnswers(nil): break
        }
        let isForwarded = isRequestOpen
        isRequestOpen = false
        guard owed == 0 else {
            phase = .lastAnswers(isForwarded ? nil : refusal)
            return .drop
        }
        phase = .ended
        return isForwarded ? .end : .refuse(refusal)
    }

    /// The last part of an answer was written.
    mutating func answerWritten() -> AfterAnswer {
        owed = max(0, owed - 1)
        unsent += 1
        guard owed == 0 else { return .goOn }
        switch phase {
        case .open, .ended: return .goOn
        case .lastAnswers(let refusal):
            phase = .ended
            isRequestOpen = false
            return refusal.map { .refuse($0) } ?? .end
        }
    }

    /// A refusal was written: an answer that no route owed.
    mutating func refusalWritten() { unsent += 1 }

    /// An answer or a refusal is with the kernel, or failed. Returns whether now is the time to say farewell.
    mutating func answerSent() -> Bool {
        unsent = max(0, unsent - 1)
        return phase == .ended && unsent == 0
    }

    /// The server stops. Returns whether the connection can be closed at once.
    mutating func shutdownBegan() -> Bool {
        guard owed > 0 || unsent > 0 else { return true }
        if phase == .open { phase = owed > 0 ? .lastAnswers(nil) : .ended }
        return false
    }
}
