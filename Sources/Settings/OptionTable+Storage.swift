import SessionStorage

extension OptionTable {
    static let storageOptions: [SettingsOption] = [
        .broker(
            "persistence/mode", .choice(\.storage.mode),
            "Whether sessions, their messages and retained messages are kept through restarts."),
        .broker(
            "persistence/durability", .choice(\.storage.durability),
            """
            When what is kept is safe from a loss of power: always before it is acknowledged, within an interval after it, \
            or, with memory, never, since nothing is written. The end of the broker alone loses nothing but with memory.
            """,
            unlike: .hiveMQ("no such setting", "an acknowledgement should mean that a message is safe")),
        .broker(
            "persistence/sync-interval-millis", .integer(\.storage.syncIntervalMilliseconds, 10...3_600_000),
            unit: "milliseconds", "That interval."),
        .broker(
            "persistence/retained-messages/mode", .choice(\.storage.retainedMessages),
            "The same for retained messages alone."),
        .broker(
            "persistence/client-session/general/mode", .choice(\.storage.sessions),
            "The same for sessions with all that belongs to them."),
        .broker(
            "persistence/client-session/queued-messages/mode", .choice(\.storage.queuedMessages),
            "The same for the messages that wait for a session or are in flight."),
        .broker(
            "persistence/disk/max-bytes", .integer(\.storage.maximumBytes, 0...largestDisk), unit: "bytes",
            """
            Bytes of the database and its log at which QoS 1 and 2 messages are refused with 0x97, or their publishers \
            slowed where they do not know that code; 0 for no limit.
            """, unlike: .hiveMQ("no such limit", "a full disk stops everything on it")),
        .broker(
            "persistence/disk/min-free-bytes", .integer(\.storage.minimumFreeBytes, 0...largestDisk), unit: "bytes",
            "Bytes left in the file system below which the same is done.",
            unlike: .hiveMQ("no such limit", "as above")),
        .broker(
            "persistence/will-grace", .integer(\.storage.willGraceSeconds, 0...86_400), unit: "seconds",
            """
            Seconds that clients have to return in after a restart of the broker before their wills are published; the \
            delay of a will counts if it is longer.
            """, unlike: .hiveMQ("no such setting", "the restart is no fault of the clients")),
        .broker(
            "persistence/cache-bytes", .integer(\.storage.cacheBytes, 1 << 20...largestMemory), unit: "bytes",
            "Bytes of the database that are kept in memory."),
    ]

    /// A petabyte.
    private static let largestDisk = 1 << 50
}
