import BrokerValues
import Foundation
import Glibc
import Introspection
import Logging
import Testing

@testable import SkepBroker

@Suite("Forms of the log")
struct LogFormatTests {
    private let record = LogRecord(
        level: .notice, message: "A client was refused\nREADY",
        metadata: [
            "client": "a \"b\"", "reason": "0x87 not authorized", "listener": "front", "empty": "",
            LogKind.field: "client-refused", "odd key!": "ü\n", "level": "mine",
        ], time: timespec(tv_sec: 1_792_000_000, tv_nsec: 7_999_999))

    private func text(_ format: LogFormat) -> [String] {
        format.entry(record).fields.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("A line for people has time, level, message and fields, and nothing that was sent can break it")
    func line() {
        #expect(
            text(.text) == [
                """
                2026-10-14T17:46:40.007Z notice A client was refused\\u{a}READY client="a \\"b\\"" level=mine \
                listener=front odd key!=ü\\u{a} reason="0x87 not authorized"

                """
            ])
    }

    @Test("A line of JSON is one object with the kind of the event, and a field cannot take the place of ours")
    func json() throws {
        let lines = text(.json)
        #expect(lines.count == 1)
        #expect(lines[0].hasSuffix("}\n"))
        #expect(lines[0].dropLast().allSatisfy { !$0.isNewline })
        let value = try JSONReader.value(Array(lines[0].utf8))
        #expect(
            value
                == [
                    "time": "2026-10-14T17:46:40.007Z", "level": "notice", "event": "client-refused",
                    "message": "A client was refused\nREADY", "client": "a \"b\"", "reason": "0x87 not authorized",
                    "listener": "front", "odd key!": "ü\n", "_level": "mine",
                ])
    }

    @Test("An entry of the journal has priority, kind and one field for each value, named as the journal allows")
    func journal() {
        let fields = text(.journal)
        #expect(fields[0].hasPrefix("MESSAGE=A client was refused\\u{a}READY client="))
        #expect(
            fields.dropFirst() == [
                "PRIORITY=5", "SYSLOG_IDENTIFIER=skep", "MESSAGE_ID=\(LogKind.clientRefused.messageIdentifier)",
                "SKEP_EVENT=client-refused", "SKEP_CLIENT_ID=a \"b\"", "SKEP_LEVEL=mine", "SKEP_LISTENER=front",
                "SKEP_ODD_KEY_=ü\n", "SKEP_REASON=0x87 not authorized",
            ])
    }

    @Test("Each kind of event has an identifier of its own")
    func identifiers() {
        let all = LogKind.allCases.map(\.messageIdentifier)
        #expect(Set(all).count == all.count)
        for identifier in all {
            #expect(identifier.utf8.count == 32)
            #expect(identifier.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
    }

    @Test("The journal's catalogue explains each kind of event, and no other")
    func catalogue() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../packaging/skep.catalog")
        let lines = try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let heads = lines.indices.filter { lines[$0].hasPrefix("-- ") }
        #expect(heads.map { String(lines[$0].dropFirst(3)) } == LogKind.allCases.map(\.messageIdentifier))
        for head in heads {
            #expect(lines[head + 1].hasPrefix("Subject: ") && lines[head + 2] == "Defined-By: skep")
            #expect(lines[head + 3].isEmpty && !lines[head + 4].isEmpty, "an explanation stands behind an empty line")
        }
    }

    @Test("A logger's own fields are in every record, those of the message count more, and the kind is told apart")
    func handler() throws {
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let writer = LogWriter(format: .text, descriptor: ends[1])
        var logger = Logger(label: "test") { _ in BrokerLogHandler(levels: LogLevels(.info), writer: writer) }
        logger[metadataKey: "a"] = "1"
        logger[metadataKey: "b"] = "2"
        logger.log(.ready, .debug, "not this")
        logger.log(.ready, .info, "this", ["b": "3"])
        #expect(writer.flush(seconds: 60))
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(ends[0], &bytes, bytes.count)
        try #require(count > 0)
        #expect(String(decoding: bytes.prefix(count), as: UTF8.self).hasSuffix("Z info this a=1 b=3\n"))
    }
}

@Suite("The line of systemctl status")
struct StatusLineTests {
    @Test(
        "Numbers are short and grouped",
        arguments: [
            (0, 0, 0.0, "0 clients, stress 0/10, 0 msg/s"), (1, 2, 12.9, "1 client, stress 2/10, 12 msg/s"),
            (1204, 2, 3149, "1,204 clients, stress 2/10, 3.1k msg/s"),
            (1_000_000, 10, 123_456, "1,000,000 clients, stress 10/10, 123k msg/s"),
            (999, 0, 1_260_000, "999 clients, stress 0/10, 1.2M msg/s"),
        ])
    func text(clients: Int, stress: Int, rate: Double, expected: String) {
        #expect(StatusLine.text(clients: clients, stress: stress, rate: rate) == expected)
    }
}
