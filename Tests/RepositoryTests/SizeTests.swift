import Testing

@Suite("Size")
struct SizeTests {
    private func everySwiftFile() throws -> [SourceFile] {
        try Repository.swiftFiles(below: "Sources") + Repository.swiftFiles(below: "Tests")
    }

    @Test("No file is longer than 700 lines")
    func files() throws {
        for file in try everySwiftFile() {
            let count = file.text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(count <= 700, "\(file.path) has \(count) lines")
        }
    }

    @Test("No function is longer than 70 lines")
    func functions() throws {
        var count = 0
        for file in try everySwiftFile() {
            for function in FunctionFinder.functions(in: file.code) {
                count += 1
                #expect(
                    function.lineCount <= 70,
                    "\(file.path):\(function.line) \(function.name) has \(function.lineCount) lines")
            }
        }
        #expect(count > 100, "too few functions were found for this test to mean anything")
    }
}
