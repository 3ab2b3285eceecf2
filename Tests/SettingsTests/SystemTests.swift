import FoundationEssentials
import Testing

@testable import Settings

@Suite("What is found on the machine")
struct SystemTests {
    @Test("The settings file is --config, then SKEP_CONFIG, then the system's, then none")
    func find() throws {
        try withDirectory { directory in
            let system = "\(directory)/etc/config.xml"
            func find(_ explicit: String?, _ variable: String?) -> SettingsFile? {
                SettingsFile.find(
                    explicit: explicit, environment: variable.map { ["SKEP_CONFIG": $0] } ?? [:], systemPath: system)
            }
            #expect(find(nil, nil) == nil)
            try write("<skep/>", to: system)
            #expect(find("a.xml", "b.xml") == SettingsFile(path: "a.xml", choice: .argument))
            #expect(find(nil, "b.xml") == SettingsFile(path: "b.xml", choice: .environment))
            #expect(find(nil, "") == SettingsFile(path: system, choice: .system))
            #expect(find(nil, nil) == SettingsFile(path: system, choice: .system))
        }
        #expect(SettingsFile.systemPath == "/etc/skep/config.xml")
    }

    @Test("A file is read whole, one that is too large is refused and not read to its end")
    func read() throws {
        try withDirectory { directory in
            let path = "\(directory)/config.xml"
            let text = "<skep>" + String(repeating: " ", count: 200_000) + "</skep>"
            try write(text, to: path)
            #expect(try SettingsFile(path: path, choice: .argument).read() == Array(text.utf8))
            let large = XMLLimits.fileBytes + 100_000
            try write(String(repeating: " ", count: large), to: path)
            let bytes = try SettingsFile(path: path, choice: .argument).read()
            #expect(bytes.count == XMLLimits.fileBytes + 1)
            #expect(faults(bytes) == ["config.xml:1: the file is larger than 4194304 bytes"])
        }
    }

    @Test("A file that cannot be read says why and what to do")
    func unreadable() throws {
        try withDirectory { directory in
            func words(_ path: String, _ choice: SettingsFile.Choice) -> String? {
                #expect(throws: SettingsFileFault.self) { try SettingsFile(path: path, choice: choice).read() }?
                    .description
            }
            let missing = "\(directory)/none.xml"
            #expect(
                words(missing, .argument)
                    == "\(missing): cannot be read: No such file or directory. Name a file that the user who runs skep may read with --config."
            )
            #expect(words(missing, .environment)?.hasSuffix("or unset it.") == true)
            #expect(words(directory, .system)?.hasPrefix("\(directory): cannot be read: Is a directory.") == true)
        }
    }

    @Test("State goes to --data, then the first of STATE_DIRECTORY, then the system's if writable, else here")
    func state() throws {
        try withDirectory { directory in
            func resolve(_ explicit: String?, _ variable: String?, system: String) -> String {
                StateDirectory.resolve(
                    explicit: explicit, environment: variable.map { ["STATE_DIRECTORY": $0] } ?? [:],
                    systemPath: system)
            }
            #expect(resolve("/data", "/state", system: directory) == "/data")
            #expect(resolve(nil, "/state:/other", system: directory) == "/state")
            #expect(resolve(nil, "/state", system: directory) == "/state")
            #expect(resolve(nil, "", system: directory) == directory)
            #expect(resolve(nil, nil, system: directory) == directory)
            #expect(resolve(nil, nil, system: "\(directory)/none") == "./skep-data")
            try write("", to: "\(directory)/file")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(directory)/file")
            #expect(resolve(nil, nil, system: "\(directory)/file") == "./skep-data")
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/none"))
        }
    }

    /// How many cores are counted on a machine with these files.
    private func cores(allowed: String, online: String? = nil, _ files: [String: String] = [:]) throws -> Int {
        var count = 0
        try withDirectory { root in
            try write(
                "Name:\tskep\nCpus_allowed_list:\t\(allowed)\nMems_allowed_list:\t0\n", to: "\(root)/proc/self/status")
            if let online { try write(online + "\n", to: "\(root)/sys/devices/system/cpu/online") }
            for (path, text) in files { try write(text, to: "\(root)/\(path)") }
            count = ProcessorBudget.cores(root: root)
        }
        return count
    }

    @Test(
        "Without a quota the cores of the affinity mask that are online count, from 1 to 64",
        arguments: [
            ("0", nil, 1), ("0-3", nil, 4), ("0-3,8,10-11", nil, 7), ("0-127", nil, 64), ("0-63", "0-1", 2),
            ("2-3", "0-3", 2), ("", nil, 1), ("5-2,x", nil, 1),
        ] as [(String, String?, Int)])
    func affinity(allowed: String, online: String?, expected: Int) throws {
        #expect(try cores(allowed: allowed, online: online) == expected)
    }

    @Test(
        "A quota of cgroup v2 bounds them, a fraction rounded up",
        arguments: [
            ("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("10000 100000", 1), ("900000 100000", 8),
            ("garbage", 8), ("0 0", 8), ("", 8),
        ])
    func unified(quota: String, expected: Int) throws {
        let files = ["proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": quota + "\n"]
        #expect(try cores(allowed: "0-7", files) == expected)
    }

    @Test("The smallest quota on the way up counts, and the top is asked where the path is the host's")
    func ancestors() throws {
        let files = [
            "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "500000 100000",
            "sys/fs/cgroup/a/cpu.max": "300000 100000", "sys/fs/cgroup/cpu.max": "max 100000",
        ]
        #expect(try cores(allowed: "0-7", files) == 3)
        let strictBelow = files.merging(["sys/fs/cgroup/a/b/cpu.max": "200000 100000"]) { $1 }
        #expect(try cores(allowed: "0-7", strictBelow) == 2)
        for path in ["/", "/docker/1234", "/../../x"] {
            let files = ["proc/self/cgroup": "0::\(path)\n", "sys/fs/cgroup/cpu.max": "200000 100000"]
            #expect(try cores(allowed: "0-7", files) == 2, "\(path)")
        }
    }

    @Test("A quota of cgroup v1 bounds them, whichever way its directory is called", arguments: ["cpu", "cpu,cpuacct"])
    func split(directory: String) throws {
        let base = "sys/fs/cgroup/\(directory)/a"
        func files(_ quota: Int) -> [String: String] {
            [
                "proc/self/cgroup": "3:cpuset:/a\n2:cpu,cpuacct:/a\n", "\(base)/cpu.cfs_quota_us": "\(quota)\n",
                "\(base)/cpu.cfs_period_us": "50000\n",
            ]
        }
        #expect(try cores(allowed: "0-7", files(150_000)) == 3)
        #expect(try cores(allowed: "0-7", files(-1)) == 8)
    }

    @Test("On this machine there is at least one core")
    func here() {
        #expect((1...64).contains(ProcessorBudget.cores()))
        #expect(ProcessorBudget.cores(root: "/nowhere") >= 1)
    }
}
