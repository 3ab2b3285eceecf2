import ServiceLifecycle

/// Looks now and then whether files of certificates have changed, on a thread that serves no client.
struct CertificateWatch {
    let doors: [TLSDoor]

    /// Between two looks: HiveMQ's interval.
    private static let interval = Duration.seconds(10)

    /// Returns when a graceful shutdown begins, or when the task is cancelled.
    func runUntilShutdown() async {
        await withTaskGroup(of: Void.self) { group in
            if !doors.isEmpty {
                group.addTask {
                    while (try? await Task.sleep(for: Self.interval)) != nil {
                        for door in doors { door.reload(always: false) }
                    }
                }
            }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }
}
