/// How many tasks of the host want to run, and since when it does.
package struct HostLoad: Sendable, Equatable {
    /// The mean over one minute.
    package var one: Double
    /// The mean over five minutes.
    package var five: Double
    /// The mean over fifteen minutes.
    package var fifteen: Double
    /// Seconds since the host started.
    package var uptimeSeconds: Double

    /// `/proc/loadavg`: three means, then what is not needed here.
    static func parse(loadavg text: ArraySlice<UInt8>) -> (one: Double, five: Double, fifteen: Double)? {
        guard TextScanner.isWhole(text) else { return nil }
        var words = TextScanner(text)
        guard let one = words.decimal(), let five = words.decimal(), let fifteen = words.decimal(), words.skip(2)
        else { return nil }
        return (one, five, fifteen)
    }

    /// `/proc/uptime`: seconds since the start, and idle ones.
    static func parse(uptime text: ArraySlice<UInt8>) -> Double? {
        guard TextScanner.isWhole(text) else { return nil }
        var words = TextScanner(text)
        guard let uptime = words.decimal(), words.decimal() != nil else { return nil }
        return uptime
    }
}

/// Measures ``HostLoad``; 4 microseconds. `sysinfo(2)` answers when the files are hidden.
package struct HostLoadSampler: Sampler, ~Copyable {
    package static let name = SamplerName.hostLoad
    private let root: ProcRoot
    private var loadavg: KeptFile
    private var uptime: KeptFile

    /// Reads below `root`.
    package init(root: ProcRoot) {
        self.root = root
        loadavg = KeptFile("\(root.proc)/loadavg")
        uptime = KeptFile("\(root.proc)/uptime")
    }

    /// See ``Sampler/sample(_:at:)``.
    package mutating func sample(_ buffer: inout FileBuffer, at now: UInt64) throws(SamplerError) -> HostLoad {
        do throws(SamplerError) {
            try loadavg.read(&buffer)
            guard let loads = HostLoad.parse(loadavg: buffer.text) else {
                throw SamplerError.malformed(path: loadavg.path)
            }
            try uptime.read(&buffer)
            guard let seconds = HostLoad.parse(uptime: buffer.text) else {
                throw SamplerError.malformed(path: uptime.path)
            }
            return HostLoad(one: loads.one, five: loads.five, fifteen: loads.fifteen, uptimeSeconds: seconds)
        } catch {
            guard error.isAbsence, let information = root.systemInformation(), information.loads.count == 3 else {
                throw error
            }
            return HostLoad(
                one: information.loads[0], five: information.loads[1], fifteen: information.loads[2],
                uptimeSeconds: information.uptimeSeconds)
        }
    }
}
