import Testing

/// The checks of this target are only as good as the scanner beneath them.
@Suite("The scanner of Swift source")
struct ScannerTests {
    @Test(
        "Comments and the contents of literals are removed",
        arguments: [
            ("a // b", "a "),
            ("a /* b /* c */ d */ e", "a  e"),
            (#"let a = "x // y""#, #"let a = """#),
            (#"let a = "\"b\"" + c"#, #"let a = "" + c"#),
            ("let a = #\"\\\"\"# + b", #"let a = "" + b"#),
            ("\"\"\"\na\nb\"\"\" + c", "\"\n\n\" + c"),
            (#"f("a\(b + "c") d")"#, #"f("(b + "")")"#),
            ("/* a\nb */ c", "\n c"),
            (#"let r = #/a"b/#; c"#, "let r = /#; c"),
        ])
    func strip(_ source: String, _ expected: String) {
        #expect(CodeStripper.strip(source) == expected)
    }

    @Test("Functions are found with their length, requirements of protocols are not")
    func functions() {
        let source = """
            protocol P {
                func requirement() -> Int
                init(a: Int)
            }
            struct S<T>: P {
                init(a: Int) {}
                func one<U>(_ body: (U) -> Void = { _ in }) where U: P {
                    self.init(a: 1)
                }
                static func == (
                    left: S, right: S
                ) -> Bool
                where T: P {
                    let text = "}"
                    return true
                }
            }
            """
        let found = FunctionFinder.functions(in: CodeStripper.strip(source))
        #expect(found.map(\.name) == ["init", "one<U>", "== "])
        #expect(found.map(\.line) == [6, 7, 10])
        #expect(found.map(\.lineCount) == [1, 3, 7])
    }

    @Test("A finding names its file and line")
    func findings() {
        let file = SourceFile(path: "Sources/A/B.swift", text: "// try!\nlet a = try! b()\n")
        #expect(file.findings(of: #/\btry!/#) == ["Sources/A/B.swift:2: try!"])
        #expect(file.target == "A")
    }
}
