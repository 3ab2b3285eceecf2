import NIOCore

/// What the doors in front of MQTT share on one event loop, so that a connection holds none of it while it is idle.
///
/// To be used on its event loop only.
final class DoorScratch {
    /// Connections of one loop that may wait for their last bytes to leave; others are closed at once.
    private static let maximumLingering = 1000
    /// Bytes of a buffer that is kept.
    private static let maximumKept = 128 * 1024

    private var payload: ByteBuffer?
    /// What small frames are put together in.
    var frame = ByteBuffer()
    private var lingering = 0

    /// An empty buffer to put payloads together in; ``giveBack(_:)`` keeps its memory for the next.
    func takePayload() -> ByteBuffer {
        var taken = payload.take() ?? ByteBuffer()
        taken.clear()
        return taken
    }

    /// Nobody may refer to the buffer's memory any more, or the next to write there makes a copy of it.
    func giveBack(_ buffer: ByteBuffer) { payload = buffer.capacity <= Self.maximumKept ? buffer : nil }

    /// Asks for leave to wait for last bytes; ``lingeringEnded()`` gives it back.
    func mayLinger() -> Bool {
        guard lingering < Self.maximumLingering else { return false }
        lingering += 1
        return true
    }

    func lingeringEnded() { lingering -= 1 }
}
