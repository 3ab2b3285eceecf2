import RandomKit
import MQTTWire
import SessionMachine
import Testing

@Suite("Acknowledgements in order")
struct AcknowledgementQueueTests {
    private func puback(_ identifier: UInt16, _ reason: ReasonCode = .success) -> Acknowledgement {
        .publish(.puback, packetIdentifier: identifier, reason: reason)
    }

    @Test("What may go leaves in the order it came, held up by the first that waits", arguments: Seeds.all)
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = AcknowledgementQueue()
        var model: [(acknowledgement: Acknowledgement, token: UInt64?)] = []
        for step in 0..<1500 {
            let token = UInt64.random(in: 0..<6, using: &generator)
            let identifier = UInt16(truncatingIfNeeded: step)
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<8:
                let awaited = Bool.random(using: &generator) ? token : nil
                queue.append(puback(identifier), awaiting: awaited)
                model.append((puback(identifier), awaited))
            case 8..<14:
                let failure = puback(identifier, .quotaExceeded)
                queue.resolve(token) { $0 = failure }
                for index in model.indices where model[index].token == token { model[index] = (failure, nil) }
            case 14..<19:
                let expected = model.first.flatMap { $0.token == nil ? $0.acknowledgement : nil }
                if expected != nil { model.removeFirst() }
                #expect(queue.popReady() == expected, "seed \(seed), step \(step)")
            default:
                guard step % 5 == 0 else { continue }
                queue.removeAll()
                model = []
            }
            guard queue.count == model.count, queue.isEmpty == model.isEmpty else {
                Issue.record("seed \(seed), step \(step): \(queue.count) wait, not \(model.count)")
                return
            }
        }
    }

    @Test("One that is ready waits behind one that is not")
    func held() {
        var queue = AcknowledgementQueue()
        queue.append(puback(1), awaiting: 7)
        queue.append(puback(2), awaiting: nil)
        #expect(queue.popReady() == nil)
        queue.resolve(8)
        #expect(queue.popReady() == nil, "another token is not its own")
        queue.resolve(7)
        #expect(queue.popReady() == puback(1))
        #expect(queue.popReady() == puback(2))
        #expect(queue.popReady() == nil)
    }

    @Test("A failure is put into all that waited for it, and into no other")
    func failure() {
        var queue = AcknowledgementQueue()
        for (identifier, token) in [(1, 7), (2, 8), (3, 7)] as [(UInt16, UInt64)] {
            queue.append(puback(identifier), awaiting: token)
        }
        queue.resolve(7) {
            if case .publish(let type, let identifier, _) = $0 {
                $0 = .publish(type, packetIdentifier: identifier, reason: .unspecifiedError)
            }
        }
        queue.resolve(8)
        #expect(queue.popReady() == puback(1, .unspecifiedError))
        #expect(queue.popReady() == puback(2))
        #expect(queue.popReady() == puback(3, .unspecifiedError))
    }

    @Test("Waiting takes quota for PUBACK and PUBCOMP; PUBREC is counted by its identifier, SUBACK not at all")
    func quota() {
        for (type, takes) in [(PacketType.puback, true), (.pubcomp, true), (.pubrec, false)] {
            let acknowledgement = Acknowledgement.publish(type, packetIdentifier: 1, reason: .success)
            #expect(acknowledgement.takesQuotaWhileWaiting == takes, "\(type.name)")
        }
        for type in [PacketType.suback, .unsuback] {
            let acknowledgement = Acknowledgement.subscription(type, packetIdentifier: 1, codes: [0])
            #expect(!acknowledgement.takesQuotaWhileWaiting, "\(type.name)")
        }
    }
}
