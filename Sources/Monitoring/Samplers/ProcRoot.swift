/// Where samplers look: the kernel's file systems, and what answers when files of the host are hidden.
///
/// Tests put a tree of their own here. With `ProcSubset=pid` in the unit, everything in `/proc` but the directories of
/// processes is hidden; `sysinfo(2)` still answers then.
package struct ProcRoot: Sendable {
    /// The directory that is usually `/proc`.
    package let proc: String
    /// The directory that is usually `/sys`.
    package let sys: String
    /// What the kernel says about the host without a file; nil when it says nothing.
    package let systemInformation: @Sendable () -> SystemInformation?

    /// The directories of this machine, if no others are named.
    package init(
        proc: String = "/proc", sys: String = "/sys",
        systemInformation: @escaping @Sendable () -> SystemInformation? = { SystemInformation.read() }
    ) {
        self.proc = proc
        self.sys = sys
        self.systemInformation = systemInformation
    }

    /// A file of this process in `proc`.
    func own(_ name: String) -> String { "\(proc)/self/\(name)" }
}
