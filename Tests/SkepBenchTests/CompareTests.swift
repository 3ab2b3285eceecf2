import Testing

@testable import skepbench

struct CompareTests {
    private func runs(_ text: String) throws -> [RecordedRun] { try RecordedRun.runs(in: text, of: "file") }

    private func line(_ cpu: String, qos: Int = 1, title: String = "T") -> String {
        #"{"scenario":"s","title":"\#(title)","version":"5","qos":\#(qos),"cpu":\#(cpu),"steps":[1,2],"fault":"x"}"#
    }

    @Test("What a report prints as JSON can be read back")
    func readBack() throws {
        var report = Report(scenario: "s", title: "a \"b\"")
        report.add("qos", "QoS", .count(2))
        report.add("cpu_us", "CPU", .number(1.25))
        report.add("late", "late", .latency(LatencyHistogram()))
        report.add("each", "each", .series([1]))
        let run = try #require(try runs(report.json + "\n").first)
        #expect(run.name == #"s: a "b", QoS 2"#)
        #expect(run.numbers == ["cpu_us": 1.25, "late_count": 0])
    }

    @Test("The median of each number is compared, run by run")
    func medians() throws {
        let first = try runs([line("1"), line("9"), line("2"), line("5", qos: 0)].joined(separator: "\n"))
        let second = try runs([line("4"), line("6"), "", line("1", title: "U")].joined(separator: "\n"))
        let comparison = Comparison(first, second)
        #expect(comparison.sections.map(\.name) == ["s: T, MQTT 5, QoS 1"])
        #expect(comparison.sections[0].rows == [Comparison.Row(key: "cpu", first: 2, second: 5)])
        #expect(comparison.unmatched == ["s: T, MQTT 5, QoS 0", "s: U, MQTT 5, QoS 1"])
        #expect(comparison.table().contains("x2.50"))
        #expect(comparison.json() == #"{"run":"s: T, MQTT 5, QoS 1","numbers":{"cpu":[2.000,5.000,2.5000]}}"#)
    }

    @Test("There is no ratio to nothing, and only keys that are asked for are shown")
    func keys() throws {
        let comparison = Comparison(try runs(line("0")), try runs(line("3")))
        #expect(comparison.sections[0].rows[0].ratio == nil)
        #expect(comparison.table(keys: "cpu").contains("cpu"))
        #expect(!comparison.table(keys: "latency").contains("cpu"))
    }

    @Test("Numbers that no report has do not end the program")
    func absurd() throws {
        let first = try runs(#"{"scenario":"s","title":"t\u001b[2J","qos":1e300,"x":1,"y":9e300,"z":1e-300}"# + "\r\n")
        let second = try runs(#"{"scenario":"s","title":"t\u001b[2J","qos":1e300,"x":9.5e14,"y":-9e300,"z":9e300}"#)
        let comparison = Comparison(first, second)
        #expect(comparison.sections.count == 1)
        #expect(!comparison.table().contains("\u{1B}"))
        #expect(comparison.json().contains(#""x":[1.000,950000000000000.000,null]"#))
    }

    @Test("An even number of runs has the mean of the two in the middle")
    func even() {
        #expect(Comparison.median([4, 1, 3, 2]) == 2.5)
        #expect(Comparison.median([]) == 0)
    }

    @Test(
        "A file that holds no reports is refused with its line",
        arguments: ["", "{}", "[1]", "not json", #"{"scenario":1,"title":"t"}"#, #"{"scenario":"s"}"#])
    func refused(text: String) {
        let error = #expect(throws: BenchError.self) { try RecordedRun.runs(in: text, of: "file") }
        #expect(error?.kind == .data)
    }
}
