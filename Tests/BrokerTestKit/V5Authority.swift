package import BrokerCore
package import BrokerValues
import BrokerTransport
import MQTTWire
import NIOCore
import Synchronization

/// An authority that a test plays: a rule answers each question, and those that it leaves pending wait for the test.
package final class ScriptedAuthority: Sendable {
    /// What is asked.
    package struct Question: Sendable {
        package enum Kind: Sendable, Equatable { case connect, authenticate, reauthenticate, publish, subscribe }

        package let kind: Kind
        package let client: String
        /// The topic, or the filters.
        package var topics: [String] = []
        package var userName: String?
        package var password: [UInt8]?
        package var method: String?
        package var data: [UInt8]?
        /// Where the connection comes from; known when CONNECT is asked about.
        package var origin: ConnectionOrigin?
        fileprivate let shard: ShardIndex
        fileprivate let number: RequestNumber
    }

    /// What is answered.
    package enum Ruling: Sendable {
        /// The data goes along with CONNACK or AUTH.
        case accept([UInt8]? = nil)
        /// The code is for all that was asked.
        case refuse(UInt8)
        /// A code for each filter of a SUBSCRIBE; nil allows it.
        case each([UInt8?])
        /// AUTH 0x18 with this data.
        case challenge([UInt8]?)
        case pending
    }

    private struct State {
        var asked: [Question] = []
        var pending: [Question] = []
    }

    private let rule: @Sendable (Question) -> Ruling
    private let state = Mutex(State())

    package init(_ rule: @escaping @Sendable (Question) -> Ruling) { self.rule = rule }

    /// The port for one shard.
    package func port(_ shard: ShardIndex) -> any AuthorityPort { Port(self, shard) }

    /// All questions so far.
    package var asked: [Question] { state.withLock { $0.asked } }

    /// Waits for the next question that the rule left pending.
    package func nextPending(
        _ file: StaticString = #fileID, _ line: UInt = #line
    ) async throws -> Question {
        try await waitUntil("a question to the authority", file, line) { state.withLock { !$0.pending.isEmpty } }
        return state.withLock { $0.pending.removeFirst() }
    }

    /// Whether no question is pending.
    package var isIdle: Bool { state.withLock { $0.pending.isEmpty } }

    /// Answers a question that was left pending; returns when the broker has taken the answer.
    package func resolve(_ question: Question, _ ruling: Ruling, in broker: TestBroker) async throws {
        let runner = broker.runners[question.shard.rawValue]
        try await runner.eventLoop.submit {
            let shard = runner.shard
            let now = ShardRunner.now()
            switch question.kind {
            case .connect, .authenticate, .reauthenticate:
                shard.connectResolved(question.number, ruling.connectVerdict, now: now)
            case .publish: shard.publishResolved(question.number, ruling.publishVerdict, now: now)
            case .subscribe:
                let verdicts = ruling.subscribeVerdicts(question.topics.count)
                shard.subscribeResolved(question.number, verdicts, now: now)
            }
        }.get()
    }

    private func judge(_ question: Question) -> Ruling {
        let ruling = rule(question)
        state.withLock { state in
            state.asked.append(question)
            if case .pending = ruling { state.pending.append(question) }
        }
        return ruling
    }

    private final class Port: AuthorityPort {
        let authority: ScriptedAuthority
        let shard: ShardIndex
        let asksAboutPublishes = true

        init(_ authority: ScriptedAuthority, _ shard: ShardIndex) {
            self.authority = authority
            self.shard = shard
        }

        func connect(_ asked: ConnectQuestion, _ request: RequestNumber) -> Answer<ConnectVerdict> {
            var question = Question(kind: .connect, client: asked.clientIdentifier, shard: shard, number: request)
            question.userName = asked.userName
            question.password = asked.password
            question.method = asked.authenticationMethod
            question.data = asked.authenticationData
            question.origin = asked.origin
            let ruling = authority.judge(question)
            return ruling.isPending ? .pending : .now(ruling.connectVerdict)
        }

        func authenticate(
            _ asked: ConnectQuestion, isReauthentication: Bool, _ request: RequestNumber
        ) -> Answer<ConnectVerdict> {
            var question = Question(
                kind: isReauthentication ? .reauthenticate : .authenticate, client: asked.clientIdentifier,
                shard: shard, number: request)
            question.method = asked.authenticationMethod
            question.data = asked.authenticationData
            let ruling = authority.judge(question)
            return ruling.isPending ? .pending : .now(ruling.connectVerdict)
        }

        func publish(_ asked: PublishQuestion, _ request: RequestNumber) -> Answer<PublishVerdict> {
            var question = Question(kind: .publish, client: asked.client.name, shard: shard, number: request)
            question.topics = [asked.topic.text]
            let ruling = authority.judge(question)
            return ruling.isPending ? .pending : .now(ruling.publishVerdict)
        }

        let asksAboutSubscriptions = true

        func subscribe(
            _ client: ClientIdentity, filters: [(filter: [UInt8], options: SubscriptionOptions)],
            _ login: (any LoginRecord)?, _ request: RequestNumber
        ) -> Answer<[ReasonCode?]> {
            var question = Question(kind: .subscribe, client: client.name, shard: shard, number: request)
            question.topics = filters.map { String(decoding: $0.filter, as: UTF8.self) }
            let ruling = authority.judge(question)
            return ruling.isPending ? .pending : .now(ruling.subscribeVerdicts(filters.count))
        }
    }
}

extension ScriptedAuthority.Ruling {
    fileprivate var isPending: Bool { if case .pending = self { true } else { false } }

    fileprivate var connectVerdict: ConnectVerdict {
        switch self {
        case .accept(let data): .accept(data: data)
        case .refuse(let code): .refuse(ReasonCode(rawValue: code), "refused by the test")
        case .challenge(let data): .challenge(data: data)
        case .each, .pending: .refuse(.implementationSpecificError, "no ruling for this question")
        }
    }

    fileprivate var publishVerdict: PublishVerdict {
        switch self {
        case .accept: .accept
        case .refuse(let code): .refuse(ReasonCode(rawValue: code))
        case .each, .challenge, .pending: .refuse(.implementationSpecificError)
        }
    }

    fileprivate func subscribeVerdicts(_ count: Int) -> [ReasonCode?] {
        switch self {
        case .accept: Array(repeating: nil, count: count)
        case .refuse(let code): Array(repeating: ReasonCode(rawValue: code), count: count)
        case .each(let codes): codes.map { $0.map { ReasonCode(rawValue: $0) } }
        case .challenge, .pending: Array(repeating: .implementationSpecificError, count: count)
        }
    }
}
