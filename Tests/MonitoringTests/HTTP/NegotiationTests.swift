import NIOCore
import Testing

@testable import Monitoring

/// What Prometheus 2.42 sends with every scrape when protobuf is allowed.
let prometheus242 =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
    + "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"

@Suite("Monitoring over HTTP: content negotiation")
struct NegotiationTests {
    @Test(
        "OpenMetrics goes to those who name it and like it at least as well as text",
        arguments: [
            (prometheus242, ExpositionFormat.openMetrics),
            ("application/openmetrics-text", .openMetrics),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
            ("APPLICATION/OpenMetrics-Text;VERSION=\"1.0.0\"", .openMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.5", .openMetrics),
            ("application/openmetrics-text;q=0.001, */*;q=0", .openMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.5", .prometheusText),
            ("application/openmetrics-text;q=0.5,text/*;q=0.6", .prometheusText),
            ("application/openmetrics-text;version=0.0.1", .prometheusText),
            ("application/openmetrics-text;q=0", .prometheusText),
            ("application/openmetrics-text;q=nonsense", .prometheusText),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .prometheusText),
            ("*/*", .prometheusText),
            ("application/*", .prometheusText),
            ("application/json", .prometheusText),
            ("text/plain;version=0.0.4", .prometheusText),
            ("", .prometheusText),
            (",;,=;q=,;;q", .prometheusText),
        ])
    func format(accept: String, expected: ExpositionFormat) {
        #expect(ContentNegotiation.format(accept: accept) == expected)
    }

    @Test(
        "gzip goes to those who allow it and do not like the plain form better",
        arguments: [
            ("gzip", true), ("GZIP", true), ("x-gzip", true), ("deflate, gzip;q=0.5", true), ("*", true),
            ("gzip;q=1.0, identity; q=0.5, *;q=0", true), ("br, *;q=0.1", true), ("identity;q=0, gzip;q=0.1", true),
            ("gzip;q=0", false), ("gzip;q=0.000", false), ("gzip;q=0, *", false), ("*;q=0", false), ("", false),
            ("deflate, br", false), ("identity, gzip;q=0.5", false), ("gzipped", false), ("gzip;q=two", false),
        ])
    func gzip(acceptEncoding: String, expected: Bool) {
        #expect(ContentNegotiation.allowsGzip(acceptEncoding: acceptEncoding) == expected)
    }

    @Test("Weights are read as thousandths, and what is no weight refuses")
    func weights() {
        let list = QualityList("a;q=1,b;q=0.5,c;q=0.75,d;q=0.1239,e;q=1.5,f;q=-1,g;q=,h;v=\"X\";q=0.02 , i")
        #expect(list.elements.map(\.weight) == [1000, 500, 750, 123, 1000, 0, 0, 20, 1000])
        #expect(list.elements[7].parameters == ["v": "x"])
    }
}

@Suite("Monitoring over HTTP: gzip")
struct GzipTests {
    @Test("What was compressed can be read again", arguments: [0, 1, 1000, 200_000])
    func roundTrip(size: Int) throws {
        let plain = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
        let compressed = try #require(Gzip.compress(plain))
        #expect(gunzip(Array(compressed.readableBytesView)) == Array(plain.readableBytesView))
    }

    @Test("A large body is compressed for those who ask, and says so")
    func overHTTP() async throws {
        try await withEndpoints { endpoints in
            for (path, format) in [("/metrics", ExpositionFormat.prometheusText), ("/servlet/metrics", .hiveMQ)] {
                let answer = try await endpoints.get(path, ["Accept-Encoding: gzip"])
                #expect(answer.headers["content-encoding"] == "gzip")
                #expect(answer.headers["vary"] == "Accept, Accept-Encoding")
                #expect(answer.body.count < 1000)
                #expect(gunzip(answer.body) == Array(endpoints.scrapes.text(format).utf8))
            }
            #expect(try await endpoints.get("/metrics").headers["content-encoding"] == nil)
            #expect(
                try await endpoints.get("/metrics", ["Accept-Encoding: gzip;q=0"]).headers["content-encoding"] == nil)
        }
    }

    @Test("A body of at most 1 KB is sent as it is")
    func small() async throws {
        try await withEndpoints(scrapes: TestScrapes(bytes: 1000)) { endpoints in
            let answer = try await endpoints.get("/metrics", ["Accept-Encoding: gzip"])
            #expect(answer.headers["content-encoding"] == nil)
            #expect(answer.text == endpoints.scrapes.text(.prometheusText))
        }
    }
}
