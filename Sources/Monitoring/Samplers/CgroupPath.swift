/// Where the process stands in the tree of cgroups, version 2.
struct CgroupPath: Equatable {
    /// The directories from our group up to the top of the tree that is seen here.
    let directories: [String]

    /// The directory of our group.
    let own: String

    /// No tree is deeper.
    static let maximumDepth = 32

    /// Finds the group in `/proc/self/cgroup` and the tree below `/sys/fs/cgroup`.
    ///
    /// In a container the file may show a path of the host that does not exist inside; the top, which is the
    /// container's own group there, always does.
    static func resolve(_ root: ProcRoot, _ buffer: inout FileBuffer) throws(SamplerError) -> CgroupPath {
        let file = root.own("cgroup")
        try buffer.read(file)
        guard TextScanner.isWhole(buffer.text) else { throw .malformed(path: file) }
        guard let group = parse(buffer.text) else { throw .unsupported("The process is in no cgroup of version 2") }
        let top = "\(root.sys)/fs/cgroup"
        guard exists(top) else { throw .unsupported("There is no tree of cgroups of version 2 at \(top)") }
        var names = group.split(separator: "/").map { String($0) }
        if names.count > maximumDepth { throw .malformed(path: file) }
        if names.contains("..") || !exists(([top] + names).joined(separator: "/")) { names = [] }
        let directories = (0...names.count).reversed().map { ([top] + names.prefix($0)).joined(separator: "/") }
        return CgroupPath(directories: directories, own: directories.first ?? top)
    }

    /// The path in the line `0::/…`; nil without such a line.
    static func parse(_ text: ArraySlice<UInt8>) -> String? {
        var scanner = TextScanner(text)
        while let line = scanner.line() {
            var fields = TextScanner(line)
            guard let hierarchy = fields.upTo(UInt8(ascii: ":")), let controllers = fields.upTo(UInt8(ascii: ":"))
            else { continue }
            if hierarchy.equals("0"), controllers.isEmpty, fields.rest.first == UInt8(ascii: "/") {
                return TextScanner.text(fields.rest)
            }
        }
        return nil
    }

    /// Every group of version 2 has this file, and nothing of version 1 has.
    private static func exists(_ directory: String) -> Bool {
        (try? SystemCalls.size(of: "\(directory)/cgroup.controllers")) != nil
    }
}
