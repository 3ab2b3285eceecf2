import Testing

/// Tests that drive the release build of the broker from outside: real clients, real sockets, real signals.
///
/// One after another: they count descriptors and memory of processes, and some bring the machine close to its limits.
@Suite("Integration", .serialized)
enum IntegrationTests {}
