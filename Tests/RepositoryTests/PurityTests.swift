import Testing

@Suite("What code may not say")
struct PurityTests {
    /// Every place in the code of `files` where a pattern occurs.
    private func findings(_ pattern: Regex<Substring>, in files: [SourceFile]) -> [String] {
        files.flatMap { $0.findings(of: pattern) }
    }

    private func files(upToLayer layer: Int) throws -> [SourceFile] {
        try Repository.swiftFiles(below: "Sources").filter { file in
            (LayerTable.rooms[file.target]?.layer ?? 0) <= layer
        }
    }

    @Test("Layers 0 to 2 name no channel and no event loop")
    func noChannels() throws {
        let pattern = #/\b(?:\w*Channel\w*|EventLoop\w*|NIODeadline|NIOLoopBound\w*)\b/#
        #expect(findings(pattern, in: try files(upToLayer: 2)) == [])
    }

    @Test("Layers 0 to 2 start no task and wait for none")
    func noTasks() throws {
        let pattern = #/\bTask\b|\bTaskGroup\b|\bwith\w*TaskGroup\b|\bawait\b|\bactor\b|\bThread\b/#
        let files = try files(upToLayer: 2)
        #expect(findings(pattern, in: files) == [])
        // Ports that adapters ask across event loops: their requirements can take time, and nothing else is declared there.
        let ports = ["Beans/BeanSource", "BrokerQueries", "BrokerControls"].map { "Sources/Introspection/\($0).swift" }
        // What plugins are asked, and what they ask, can take time; there is no code behind it.
        let plugins = "Sources/PluginAPI/"
        #expect(
            findings(#/\basync\b/#, in: files.filter { !ports.contains($0.path) && !$0.path.hasPrefix(plugins) }) == [])
    }

    @Test("Layers 0 to 2 read no clock: the time comes in as a parameter")
    func noClocks() throws {
        let pattern =
            #/\b(?:ContinuousClock|SuspendingClock|DispatchTime|clock_gettime|gettimeofday|time\(nil\)|Date\(\))/#
        #expect(findings(pattern, in: try files(upToLayer: 2)) == [])
    }

    @Test("Layers 0 to 2 draw no random numbers: they come in as parameters")
    func noRandomness() throws {
        let pattern =
            #/\bSystemRandomNumberGenerator\b|\.random\(|\.randomElement\(|\.shuffled?\(|\bUUID\b|\bgetrandom\b|\bHasher\(\)|\bhashValue\b/#
        #expect(findings(pattern, in: try files(upToLayer: 2)) == [])
    }

    @Test("Layers 0 to 2 open no file, write no log and print nothing")
    func noFilesOrLogs() throws {
        let pattern = #/\bFileHandle\b|\bFileManager\b|\bfopen\b|\bLogger\b|\bLogging\b|\bprint\(|\bdebugPrint\(/#
        #expect(findings(pattern, in: try files(upToLayer: 2)) == [])
    }

    /// Counters are written by one thread and read by others, and limits are kept by all event loops together, which needs
    /// atomics, but no lock.
    @Test("Layers 0 to 2 take no lock")
    func noLocks() throws {
        let pattern =
            #/\b(?:\w*Lock(?:ed\w*)?|\w*Mutex\w*|Atomic\w*|Managed(?:Atomic)\w*|pthread_\w+|DispatchQueue|DispatchSemaphore)\b/#
        let shared = [
            "Sources/MetricCatalog/CounterBlock.swift", "Sources/MetricCatalog/LogLinearHistogram.swift",
            "Sources/StressModel/RateGate.swift", "Sources/BrokerCore/BrokerGates.swift",
        ]
        let places = findings(pattern, in: try files(upToLayer: 2))
        #expect(places.filter { place in !shared.contains { place.hasPrefix($0) } } == [])
    }

    @Test("Nothing forces a try, and nothing of the broker ends the process with fatalError")
    func noTraps() throws {
        let sources = try Repository.swiftFiles(below: "Sources")
        let tests = try Repository.swiftFiles(below: "Tests")
        #expect(findings(#/\btry!/#, in: sources + tests) == [])
        #expect(findings(#/\bfatalError\(/#, in: sources) == [])
    }

    @Test("No task runs free of the one group of services")
    func noFreeTasks() throws {
        let pattern = #/\bTask(?:\.detached)?\s*(?:\([^)]*\)\s*)?\{/#
        #expect(findings(pattern, in: try Repository.swiftFiles(below: "Sources")) == [])
    }

    @Test("No test is disabled")
    func noDisabledTests() throws {
        let pattern = #/\.disabled\(|\.disabled\b|\bwithKnownIssue\b|\bXCTSkip\b/#
        #expect(findings(pattern, in: try Repository.swiftFiles(below: "Tests")) == [])
    }
}
