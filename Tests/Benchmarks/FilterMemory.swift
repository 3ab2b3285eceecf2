import BrokerValues
import Glibc
import TopicIndex

/// Bytes that an index takes for each filter.
///
/// One kind of filters in a process: memory that was used before would be used again, and not be seen.
enum FilterMemory {
    /// Prints them for a million filters of a kind, or for the mixture of all: what was asked for, and that part of it
    /// which was ever touched.
    static func report(_ kind: Fleet.Kind?) {
        let before = (virtual: pages(0), resident: pages(1))
        var index = SubscriptionIndex(seed: 0x5EED, cacheBytes: BrokerLimits().matchCacheBytes)
        Fleet(kind: kind).subscribeDevices(&index)
        precondition(index.filterCount == Fleet.deviceCount)
        let after = (virtual: pages(0), resident: pages(1))
        precondition(index.subscriptionCount == Fleet.deviceCount)  // it must live until here
        let resident = (after.resident - before.resident) * Int(getpagesize()) / Fleet.deviceCount
        let virtual = (after.virtual - before.virtual) * Int(getpagesize()) / Fleet.deviceCount
        print("index.bytes-per-filter.\(kind?.rawValue ?? "mixed")\t\(resident)\t\(virtual)")
    }

    /// A number of `/proc/self/statm`, in pages.
    private static func pages(_ field: Int) -> Int {
        guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard unsafe fgets(&line, 127, file) != nil else { return 0 }
        let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ")
        return fields.count > field ? Int(fields[field]) ?? 0 : 0
    }
}
