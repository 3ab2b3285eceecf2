import BrokerValues
import Glibc

/// How many cores this process may use: the default for event loops.
package enum ProcessorBudget {
    /// Sets of shards are bit masks, so there are no more event loops than this.
    package static let maximum = ShardIndex.maximumCount

    /// The smaller of affinity and cgroup quota, from 1 to ``maximum``. A fraction of a core counts as one: a quota of
    /// 1.5 gives 2, because with 1 a third of what is allowed could never be used.
    /// - Parameter root: Where `/proc` and `/sys` are; tests have their own.
    package static func cores(root: String = "") -> Int {
        let quota = quotaCores(root: root) ?? Double(maximum)
        let affinity = affinityCores(root: root) ?? onlineCores()
        let allowed = min(Double(affinity), quota.rounded(.up), Double(maximum))
        return max(1, Int(allowed))
    }

    private static func onlineCores() -> Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }

    /// The cores that are both in the affinity mask and online, which is what `sched_getaffinity` would say: glibc
    /// shows that call to GNU sources only, so Swift cannot see it. The mask alone may name cores that a virtual
    /// machine could get one day.
    private static func affinityCores(root: String) -> Int? {
        guard let status = HostFiles.text("\(root)/proc/self/status"),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed_list:") })
        else { return nil }
        let allowed = coreNumbers(line.drop { $0 != ":" }.dropFirst())
        guard let online = HostFiles.text("\(root)/sys/devices/system/cpu/online") else { return allowed.count }
        return allowed.intersection(coreNumbers(online[...])).count
    }

    /// The kernel's list format, such as `0-3,8`.
    private static func coreNumbers(_ list: Substring) -> Set<Int> {
        var numbers: Set<Int> = []
        for part in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            let ends = part.split(separator: "-").compactMap { Int($0) }
            // No kernel has more cores than this; a larger number is no list of cores.
            guard let first = ends.first, let last = ends.last, first <= last, last < 65_536 else { continue }
            numbers.formUnion(first...last)
        }
        return numbers
    }

    /// The smallest quota on the way from our cgroup up to the top, in cores; nil when there is none.
    private static func quotaCores(root: String) -> Double? {
        let groups = HostFiles.text("\(root)/proc/self/cgroup") ?? ""
        var smallest: Double?
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let controllers = fields[1].split(separator: ",")
            for directory in ancestors(of: fields[2]) {
                let quota: Double?
                if fields[1].isEmpty {
                    quota = unifiedQuota("\(root)/sys/fs/cgroup\(directory)")
                } else if controllers.contains("cpu") {
                    quota =
                        splitQuota("\(root)/sys/fs/cgroup/\(fields[1])\(directory)")
                        ?? splitQuota("\(root)/sys/fs/cgroup/cpu\(directory)")
                } else {
                    quota = nil
                }
                if let quota { smallest = min(smallest ?? quota, quota) }
            }
        }
        return smallest
    }

    /// Such as `/a/b`, `/a` and the empty path of the top. In a container the file may show a path of the host that
    /// does not exist inside; the top always does.
    private static func ancestors(of path: Substring) -> [String] {
        var names = path.split(separator: "/")
        if names.contains("..") { names = [] }
        return (0...names.count).reversed().map { names.prefix($0).map { "/\($0)" }.joined() }
    }

    /// Version 2: `cpu.max` holds quota (or `max`) and period.
    private static func unifiedQuota(_ directory: String) -> Double? {
        let fields = (HostFiles.text("\(directory)/cpu.max") ?? "").split { $0 == " " || $0 == "\n" }
        guard fields.count == 2 else { return nil }
        return ratio(quota: fields[0], period: fields[1])
    }

    /// Version 1: quota (-1 for none) and period in files of their own.
    private static func splitQuota(_ directory: String) -> Double? {
        guard let quota = HostFiles.text("\(directory)/cpu.cfs_quota_us"),
            let period = HostFiles.text("\(directory)/cpu.cfs_period_us")
        else { return nil }
        return ratio(quota: quota.prefix { $0 != "\n" }, period: period.prefix { $0 != "\n" })
    }

    private static func ratio(quota: Substring, period: Substring) -> Double? {
        guard let quota = Int(quota), let period = Int(period), quota > 0, period > 0 else { return nil }
        return Double(quota) / Double(period)
    }
}
