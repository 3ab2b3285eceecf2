import NIOCore
import NIOPosix

/// The threads on which the endpoints work, so that neither an event loop nor the threads of Swift's tasks wait for it.
struct WorkerThreads: Sendable {
    /// One for renderings, of which there is one at a time, and one for checks of health meanwhile.
    static let count = 2

    let eventLoop: any EventLoop
    private let pool = NIOThreadPool(numberOfThreads: Self.count)

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func start() { pool.start() }

    /// Does not wait for work that is under way.
    func stop() { pool.shutdownGracefully { _ in } }

    /// Does the work as soon as a thread is free; fails when the threads have stopped.
    func submit<Result: Sendable>(_ work: @escaping @Sendable () -> Result) -> EventLoopFuture<Result> {
        pool.runIfActive(eventLoop: eventLoop, work)
    }
}

extension EventLoopFuture where Value: Sendable {
    /// Like `get()`, but gives up when the task is cancelled.
    func getOrCancel() async throws -> Value {
        let promise = eventLoop.makePromise(of: Value.self)
        cascade(to: promise)
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }
}
