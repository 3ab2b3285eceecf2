import Testing

@testable import skepbench

struct ReportTests {
    @Test("A report is one line of JSON, with units in the keys")
    func json() {
        var report = Report(scenario: "test", title: "a \"b\" \\ \n c")
        report.add("clients", "clients", .count(3))
        report.add("published", "published", .rate(12.345))
        report.add("waited", "waited", .duration(1_500))
        report.add("never", "never", .duration(nil))
        report.add("ratio", "ratio", .number(2.0 / 3))
        report.add("steps", "steps", .series([1, 2]))
        let expected = #"{"scenario":"test","title":"a \"b\" \\ \u000a c","clients":3,"published_per_s":12.3,"#
        #expect(report.json == expected + #""waited_us":1.5,"never_us":null,"ratio":0.667,"steps":[1,2]}"#)
    }

    @Test("Latencies without a message have no quantiles")
    func noLatency() {
        var report = Report(scenario: "test", title: "")
        report.add("light", "light", .latency(LatencyHistogram()))
        #expect(report.json.contains(#""light_p99_us":null"#))
        #expect(report.json.contains(#""light_count":0"#))
        #expect(report.table.contains("none"))
    }

    @Test("Latencies are told by their quantiles")
    func latency() {
        var histogram = LatencyHistogram()
        histogram.record(2_000_000)
        var report = Report(scenario: "test", title: "T")
        report.add("light", "light", .latency(histogram))
        #expect(report.table == "T\n  light  p50 2.00 ms  p99 2.00 ms  max 2.00 ms  of 1")
        #expect(report.json.contains(#""light_p99_us":2000.0"#))
    }

    @Test(
        "Numbers have the digits that were asked for",
        arguments: [
            (0.0, "0.00"), (1.005, "1.00"), (0.999, "1.00"), (-1.5, "-1.50"), (12_345.678, "12345.68"),
            (.infinity, "null"), (.nan, "null"), (1e300, "null"),
        ])
    func fixed(value: Double, text: String) {
        #expect(Report.fixed(value, digits: 2) == text)
    }

    @Test(
        "Digits stand in groups of three",
        arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")])
    func grouped(value: Int, text: String) {
        #expect(Report.grouped(value) == text)
    }

    @Test("Counts of short spans are added up to longer ones, the last of which may be cut")
    func sums() {
        #expect(StormScenario.sums(of: [1, 2, 3, 4, 5], by: 2) == [3, 7, 5])
        #expect(StormScenario.sums(of: [], by: 10) == [])
    }
}

struct MetricsTests {
    @Test("The address of metrics is taken apart")
    func address() throws {
        let whole = try #require(MetricsAddress("http://127.0.0.1:9399/metrics"))
        #expect((whole.host, whole.port, whole.path) == ("127.0.0.1", 9399, "/metrics"))
        #expect(MetricsAddress("http://[::1]:80")?.host == "::1")
        #expect(MetricsAddress("http://a:1")?.path == "/metrics")
    }

    @Test(
        "What is no such address is refused",
        arguments: [
            "", "127.0.0.1:9399", "https://a:1/", "http://a/metrics", "http://a:0/", "http://a:65536/", "http://:1/",
            "http://a:x/", "http://a:1/b c",
        ])
    func badAddress(text: String) {
        #expect(MetricsAddress(text) == nil)
    }

    @Test("The greatest value of a metric is found, whatever its labels")
    func value() {
        let text = """
            HTTP/1.0 200 OK\r
            \r
            # TYPE level gauge
            level_other 9
            level{a="} 7"} 2
            level{b="c"} 3.5 1700000000
            level_max 8
            plain 1e3
            senseless x
            """
        #expect(MetricsText.value(of: "level", in: text) == 3.5)
        #expect(MetricsText.value(of: "plain", in: text) == 1_000)
        #expect(MetricsText.sum(of: "plain", in: text) == 1_000)
        #expect(MetricsText.sum(of: "absent", in: text) == nil)
        #expect(MetricsText.sum(of: "level", in: text) == 5.5)
        #expect(MetricsText.sum(of: "level", without: #"b="c""#, in: text) == 2)
        #expect(MetricsText.value(of: "senseless", in: text) == nil)
        #expect(MetricsText.value(of: "absent", in: text) == nil)
    }
}
