import NIOCore

/// Lets handshakes of one event loop begin one after the other, with a look at the sockets in between.
///
/// The first step of one costs a signature: a millisecond or more. A thousand clients that come at once would otherwise
/// hold up those that are connected for as long as all of them take.
final class HandshakePacer {
    private var waiting = CircularBuffer<() -> Void>()
    private var isBusy = false

    /// How long the loop is given for its sockets: NIO looks at them when nothing is due.
    private static let pause = TimeAmount.microseconds(20)

    /// Does a step at once, or when it is its turn. As many wait as handshakes may be under way.
    func run(on eventLoop: any EventLoop, _ step: @escaping () -> Void) {
        guard !isBusy else { return waiting.append(step) }
        isBusy = true
        step()
        scheduleNext(eventLoop)
    }

    private func scheduleNext(_ eventLoop: any EventLoop) {
        eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { [self] in
            guard let step = waiting.popFirst() else {
                isBusy = false
                return
            }
            step()
            scheduleNext(eventLoop)
        }
    }
}
