import ServiceLifecycle

/// The order to stop the broker, which may come from anywhere and counts once.
struct DrainOrders: Sendable {
    fileprivate let orders: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (orders, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func give() { continuation.yield() }
}

/// Ends when the order to stop has come, which ends the group that it runs in.
struct DrainService: Service {
    let drain: DrainOrders

    /// Runs until the order or a graceful shutdown.
    func run() async throws {
        for await _ in drain.orders.cancelOnGracefulShutdown() { return }
    }
}
