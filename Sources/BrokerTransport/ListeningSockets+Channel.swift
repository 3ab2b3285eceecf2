import BrokerValues
import NIOCore

extension ListeningSockets {
    /// Asks for the socket of a channel that listens to be kept open over a restart.
    ///
    /// - Returns: whether somebody may keep it.
    @discardableResult
    func keep(_ channel: any Channel, _ name: String, endpoint: String) async -> Bool {
        let kept = channel.eventLoop.submit {
            try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                keep($0, name, endpoint: endpoint)
            }
        }
        return (try? await kept.get()) == true
    }
}
