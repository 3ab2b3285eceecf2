import Glibc
import Logging
import Testing

@testable import SkepBroker

struct LogQueueTests {
    private func line(_ text: String) -> LogEntry { LogEntry(Array((text + "\n").utf8)) }
    private func note(_ count: Int) -> LogEntry { line("\(count) left out") }
    private func text(_ entries: [LogEntry]) -> [String] {
        entries.flatMap(\.fields).map { String(decoding: $0.dropLast(), as: UTF8.self) }
    }

    @Test("Lines come out in order, in pieces of whole lines")
    func order() {
        var queue = LogQueue()
        for number in 0..<10 { queue.append(line("line \(number)"), note: note) }
        #expect(text(queue.take(25)) == ["line 0", "line 1", "line 2"])
        #expect(text(queue.take(1)) == ["line 3"], "one line at least")
        #expect(text(queue.take(1_000)) == (4..<10).map { "line \($0)" })
        #expect(queue.isEmpty)
    }

    @Test("A full queue leaves lines out until it is half empty, and then says how many")
    func full() {
        var queue = LogQueue()
        for _ in 0..<LogQueue.maximumCount + 7 { queue.append(line("x"), note: note) }
        #expect(queue.leftOutInAll == 7)
        _ = queue.take(2 * (LogQueue.maximumCount / 2 - 1))
        queue.append(line("too early"), note: note)
        #expect(queue.leftOutInAll == 8)
        _ = queue.take(2)
        queue.append(line("in time"), note: note)
        let rest = text(queue.take(.max))
        #expect(rest.suffix(2) == ["8 left out", "in time"])
        #expect(rest.count == LogQueue.maximumCount / 2 + 2)
    }

    @Test("The limit in bytes holds as well, and a line that alone is too large is left out")
    func bytes() {
        var queue = LogQueue()
        let long = [UInt8](repeating: 0x61, count: LogQueue.maximumBytes / 4)
        for _ in 0..<5 { queue.append(LogEntry(long), note: note) }
        #expect(queue.leftOutInAll == 1)
        #expect(queue.take(.max).map(\.byteCount) == Array(repeating: long.count, count: 4))
        queue.append(LogEntry([UInt8](repeating: 0x61, count: LogQueue.maximumBytes + 1)), note: note)
        #expect(queue.leftOutInAll == 2)
        queue.appendNote(note)
        #expect(text(queue.take(.max)) == ["2 left out"])
    }
}

struct LogWriterTests {
    private func record(_ message: String) -> LogRecord { LogRecord(level: .info, message: message, metadata: [:]) }

    @Test("A reader that stalls stops nobody who logs; later it gets the rest and the number of lines left out")
    func stalledReader() throws {
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        let writer = LogWriter(format: .text, descriptor: ends[1])
        for number in 0..<30_000 { writer.append(record("line \(number)")) }
        #expect(writer.leftOutCount > 0)
        #expect(!writer.flush(seconds: 0.01), "nobody has read")
        var text = ""
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !text.contains("left out") {
            let count = unsafe read(ends[0], &chunk, chunk.count)
            try #require(count > 0)
            text += String(decoding: chunk.prefix(count), as: UTF8.self)
        }
        while !text.hasSuffix("left out\n") {
            let count = unsafe read(ends[0], &chunk, chunk.count)
            try #require(count > 0)
            text += String(decoding: chunk.prefix(count), as: UTF8.self)
        }
        #expect(writer.flush(seconds: 60))
        let lines = text.split(separator: "\n")
        let numbered = lines.filter { $0.contains(" info line ") }
        #expect(numbered.count + writer.leftOutCount == 30_000)
        #expect(numbered.prefix(10_000).map { String($0.drop { $0 != "l" }) } == (0..<10_000).map { "line \($0)" })
        #expect(lines.last?.hasSuffix("warning \(writer.leftOutCount) log lines were left out") == true)
        writer.append(record("again"))
        #expect(writer.flush(seconds: 60))
    }

    @Test("What cannot be written is counted")
    func fullDevice() throws {
        let full = unsafe open("/dev/full", O_WRONLY)
        try #require(full >= 0)
        defer { close(full) }
        let writer = LogWriter(format: .json, descriptor: full)
        for number in 0..<3 {
            writer.append(record("\(number)"))
            #expect(writer.flush(seconds: 60))
        }
        #expect(writer.leftOutCount == 3)
    }

    @Test("A descriptor that does not block and one whose reader has gone are no trouble")
    func oddDescriptors() throws {
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        #expect(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
        let writer = LogWriter(format: .text, descriptor: ends[1])
        let long = String(repeating: "x", count: 300_000)
        writer.append(record(long))
        var received = 0
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while received < long.count + 1 {
            let count = unsafe read(ends[0], &chunk, chunk.count)
            try #require(count > 0)
            received += count
        }
        #expect(writer.flush(seconds: 60))
        _ = signal(SIGPIPE, SIG_IGN)
        close(ends[0])
        writer.append(record("nobody hears this"))
        #expect(writer.flush(seconds: 60))
    }
}
