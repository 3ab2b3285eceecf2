import FoundationEssentials

/// A variable of the environment.
func environment(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

/// The files of one folder of the corpus, in the order of their names.
func corpus(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
    let path = corpusPath(folder)
    return try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { name in
        (name, try [UInt8](Data(contentsOf: URL(filePath: path + "/" + name))))
    }
}

/// Where a folder of the corpus stands.
func corpusPath(_ folder: String) -> String {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    parts.removeLast()
    return parts.joined(separator: "/") + "/Corpus/" + folder
}

/// Writes a file, as ``SeedFiles`` does.
func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }
