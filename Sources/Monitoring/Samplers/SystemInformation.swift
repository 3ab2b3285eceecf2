import CLinux
import Glibc

/// What `sysinfo(2)` says about the host: no file is needed, so it answers when `/proc` is hidden.
package struct SystemInformation: Sendable, Equatable {
    /// Load averages over 1, 5 and 15 minutes.
    package var loads: [Double]
    /// Seconds since the host started.
    package var uptimeSeconds: Double
    /// Bytes of memory, and those that are not used at all.
    package var memoryTotal: UInt64
    /// Bytes of memory that are not used, not even for caches.
    package var memoryFree: UInt64
    /// Bytes of swap space.
    package var swapTotal: UInt64
    /// Bytes of swap space that are not used.
    package var swapFree: UInt64

    /// Made up, for tests.
    package init(
        loads: [Double], uptimeSeconds: Double, memoryTotal: UInt64, memoryFree: UInt64, swapTotal: UInt64,
        swapFree: UInt64
    ) {
        self.loads = loads
        self.uptimeSeconds = uptimeSeconds
        self.memoryTotal = memoryTotal
        self.memoryFree = memoryFree
        self.swapTotal = swapTotal
        self.swapFree = swapFree
    }

    /// Asks the kernel; nil when it refuses.
    package static func read() -> SystemInformation? {
        var information = sysinfo()
        // Safe: the structure is this function's own.
        guard unsafe sysinfo(&information) == 0 else { return nil }
        let unit = UInt64(max(1, information.mem_unit))
        func bytes(_ count: UInt) -> UInt64 {
            let (product, overflow) = UInt64(count).multipliedReportingOverflow(by: unit)
            return overflow ? .max : product
        }
        let fixedPoint = 65_536.0
        return SystemInformation(
            loads: [information.loads.0, information.loads.1, information.loads.2].map { Double($0) / fixedPoint },
            uptimeSeconds: Double(information.uptime), memoryTotal: bytes(information.totalram),
            memoryFree: bytes(information.freeram), swapTotal: bytes(information.totalswap),
            swapFree: bytes(information.freeswap))
    }
}
