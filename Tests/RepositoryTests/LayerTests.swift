import Foundation
import Testing

@Suite("Layers")
struct LayerTests {
    /// The module of each `import` line of a file, with `path:line`.
    private func imports(_ file: SourceFile) -> [(module: String, place: String)] {
        let pattern =
            #/
            ^\s* (?:@\w+ (?:\(\w+\))? \s+)* (?:(?:public|package|internal|private|fileprivate)\s+)?
            import\s+ (?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)? (?<module>\w+)
            /#
        return file.codeLines.enumerated().compactMap { index, line in
            line.firstMatch(of: pattern).map { (String($0.output.module), "\(file.path):\(index + 1)") }
        }
    }

    @Test("Every target stands in the table of layers")
    func everyTargetIsKnown() throws {
        let targets = Set(try Repository.swiftFiles(below: "Sources").map(\.target))
        #expect(targets.contains("MQTTWire"))
        #expect(targets.subtracting(LayerTable.rooms.keys).isEmpty)
    }

    @Test("A target imports only those of ours that the table allows")
    func ownImports() throws {
        let modules = Set(LayerTable.rooms.keys)
        var count = 0
        for file in try Repository.swiftFiles(below: "Sources") {
            let room = try #require(LayerTable.rooms[file.target])
            for (module, place) in imports(file) where modules.contains(module) && module != "BrokerValues" {
                count += 1
                #expect(room.mayImport.contains(module), "\(place): \(file.target) may not import \(module)")
            }
        }
        #expect(count > 0, "no import was found, so nothing was checked")
    }

    @Test("The table itself points downwards or sideways, never up")
    func tableIsLayered() throws {
        for (name, room) in LayerTable.rooms {
            for other in room.mayImport {
                let layer = try #require(LayerTable.rooms[other]?.layer)
                #expect(layer <= room.layer, "\(name) imports \(other) from a higher layer")
            }
        }
    }

    @Test("Layers without input and output import no module of others but collections, and MQTTWire its buffer")
    func outsideImports() throws {
        for file in try Repository.swiftFiles(below: "Sources") {
            guard let allowed = LayerTable.rooms[file.target]?.outside else { continue }
            for (module, place) in imports(file) where LayerTable.rooms[module] == nil {
                #expect(allowed.contains(module), "\(place): \(file.target) may not import \(module)")
            }
        }
    }

    @Test("A system module is imported by the one target that it is for")
    func systemModules() throws {
        for file in try Repository.swiftFiles(below: "Sources") {
            for (module, place) in imports(file) where module.wholeMatch(of: #/C[A-Z]\w*/#) != nil {
                #expect(LayerTable.systemModules[module] == file.target, "\(place): \(file.target) imports \(module)")
            }
        }
    }

    @Test("Nobody imports full Foundation: its ICU data alone is 46 MB")
    func noFullFoundation() throws {
        for file in try Repository.swiftFiles(below: "Sources") {
            for (module, place) in imports(file) {
                #expect(module != "Foundation" && module != "FoundationInternationalization", "\(place)")
            }
        }
    }
}
