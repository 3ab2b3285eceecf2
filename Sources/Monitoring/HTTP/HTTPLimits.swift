/// What one HTTP server lets its clients take. Each member's default is the limit that is in force; tests shorten the
/// times.
package struct HTTPLimits: Sendable, Hashable {
    /// Connections at once. For one more, that which has kept the server waiting longest is closed; if the server owes
    /// answers to all, the new one is closed.
    package var connections = 100
    /// Bytes of the request's target, names and values of its header fields together; more is answered 431.
    package var headBytes = 16 * 1024
    /// Bytes of one header field or of the target; more is answered 431.
    package var fieldBytes = 8 * 1024
    /// Header fields of one request; more is answered 431.
    package var fields = 100
    /// Bytes of a request's body, which only subtrees read; more is answered 413.
    package var bodyBytes = 64 * 1024
    /// Milliseconds from the first byte of a request to its last; also from accepting to the end of the first head.
    package var requestMilliseconds: Int64 = 10_000
    /// Milliseconds that a connection may rest between requests. Prometheus keeps its connections from scrape to scrape.
    package var idleMilliseconds: Int64 = 60_000
    /// Milliseconds in which the client must have taken a whole answer.
    package var writeMilliseconds: Int64 = 30_000
    /// Milliseconds for which bytes are still thrown away after the last answer of a connection: closing at once would
    /// reset it, and the client might never see the answer.
    package var lingerMilliseconds: Int64 = 1_000
    /// Bytes that are thrown away at most.
    package var lingerBytes = 1024 * 1024
    /// Milliseconds that answers which are under way get at shutdown.
    package var shutdownMilliseconds: Int64 = 500
    /// Milliseconds for which a finished rendering of the metrics serves those who ask later.
    package var renderingReuseMilliseconds: Int64 = 100
    /// Bytes of one read: bounds how many pipelined requests wait in memory.
    package var receiveBytes = 4096
    /// Connections that the kernel may hold before they are accepted.
    package var backlog: Int32 = 128
    /// Milliseconds that accepting rests when descriptors or memory have run out.
    package var acceptRestMilliseconds: Int64 = 100

    /// All limits as they are in force.
    package init() {}
}
