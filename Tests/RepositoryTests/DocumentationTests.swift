import Testing

@Suite("Documentation")
struct DocumentationTests {
    @Test("Every public and package type, function and initializer has a doc comment")
    func docComments() throws {
        let pattern =
            #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|package)\s+(?:[\w()]+\s+)*?(?:func|struct|class|enum|protocol|init|actor|subscript|typealias)\b/#
        var count = 0
        var undocumented: [String] = []
        for file in try Repository.swiftFiles(below: "Sources") {
            let lines = file.lines
            for (index, line) in file.codeLines.enumerated() where line.firstMatch(of: pattern) != nil {
                count += 1
                // Attributes may stand between the comment and the declaration.
                let above = lines[..<index].last { line in
                    let text = line.drop { $0 == " " }
                    return !text.hasPrefix("@") && !text.hasPrefix("#")
                }
                if let above, above.drop(while: { $0 == " " }).hasPrefix("///") { continue }
                undocumented.append("\(file.path):\(index + 1)\(line)")
            }
        }
        #expect(undocumented == [])
        #expect(count > 50, "too few declarations were found for this test to mean anything")
    }

    @Test("The maps name every target")
    func maps() throws {
        for folder in ["Sources", "Tests"] {
            let text = try Repository.text(of: "\(folder)/README.md")
            for target in Set(try Repository.swiftFiles(below: folder).map(\.target)) {
                #expect(text.contains("`\(target)`"), "\(folder)/README.md does not name \(target)")
            }
        }
    }
}
