import NIOCore

/// Gives everybody who asks at about the same time the same rendering: one is made at a time, and it is compressed once.
///
/// Whoever asks while a rendering is being made gets that one, and so does whoever asks a moment after. Then it is
/// forgotten: only connections that are still sending it hold it.
struct SharedRendering: Sendable {
    /// Bytes up to which compressing is not worth it: they fit in one packet.
    static let uncompressedBytes = 1024

    /// A rendering as it is sent.
    struct Content: Sendable {
        let body: ByteBuffer
        let isCompressed: Bool
    }

    private struct Entry {
        let identifier: Int
        let plain: EventLoopFuture<Content>
        var compressed: EventLoopFuture<Content>?
    }

    /// Lives on the event loop.
    private final class Entries {
        var byFormat: [ExpositionFormat: Entry] = [:]
        /// Completes when the last rendering that was asked for has been made.
        var last: EventLoopFuture<Void>
        var count = 0

        init(last: EventLoopFuture<Void>) { self.last = last }
    }

    private let source: any ScrapeSource
    private let threads: WorkerThreads
    private let reuse: TimeAmount
    private let entries: NIOLoopBoundBox<Entries>

    /// - Parameter reuseMilliseconds: for which a finished rendering serves others.
    init(source: any ScrapeSource, threads: WorkerThreads, reuseMilliseconds: Int64) {
        self.source = source
        self.threads = threads
        reuse = .milliseconds(reuseMilliseconds)
        entries = .makeBoxSendingValue(
            Entries(last: threads.eventLoop.makeSucceededVoidFuture()), eventLoop: threads.eventLoop)
    }

    /// A rendering, compressed if that is allowed and worth it. Fails when the threads have stopped, or when the task is
    /// cancelled.
    func content(_ format: ExpositionFormat, allowsGzip: Bool) async throws -> Content {
        try await threads.eventLoop.flatSubmit {
            allowsGzip ? compressed(format) : entry(format).plain
        }.getOrCancel()
    }

    private func entry(_ format: ExpositionFormat) -> Entry {
        if let entry = entries.value.byFormat[format] { return entry }
        let plain = entries.value.last.flatMap { [threads, source] in
            threads.submit { Content(body: source.render(format), isCompressed: false) }
        }
        entries.value.last = plain.map { _ in }.recover { _ in }
        entries.value.count &+= 1
        let entry = Entry(identifier: entries.value.count, plain: plain)
        entries.value.byFormat[format] = entry
        plain.whenComplete { [entries, threads, reuse, identifier = entry.identifier] _ in
            threads.eventLoop.assumeIsolated().scheduleTask(in: reuse) {
                if entries.value.byFormat[format]?.identifier == identifier { entries.value.byFormat[format] = nil }
            }
        }
        return entry
    }

    private func compressed(_ format: ExpositionFormat) -> EventLoopFuture<Content> {
        var entry = entry(format)
        if let compressed = entry.compressed { return compressed }
        let compressed = entry.plain.flatMap { [threads] content -> EventLoopFuture<Content> in
            guard content.body.readableBytes > Self.uncompressedBytes else {
                return threads.eventLoop.makeSucceededFuture(content)
            }
            return threads.submit {
                Gzip.compress(content.body).map { Content(body: $0, isCompressed: true) } ?? content
            }
        }
        entry.compressed = compressed
        entries.value.byFormat[format] = entry
        return compressed
    }
}
