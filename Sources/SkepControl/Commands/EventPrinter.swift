import ArgumentParser
import Introspection
import Synchronization

/// Cuts the stream of events into lines and prints each.
///
/// Prints on the connection's own thread: while whoever reads our output does not take it, nothing is read from the
/// broker, which then counts what it could not send. So nothing gathers here but the beginning of a line.
final class EventPrinter: Sendable {
    /// Bytes of one line; what is longer is left out.
    private static let longestLine = 1 << 20

    private struct Rest {
        var bytes: [UInt8] = []
        var isTooLong = false
    }

    private let output: Output
    private let rest = Mutex(Rest())

    init(_ output: Output) { self.output = output }

    /// Prints the lines that end in this piece.
    func take(_ piece: [UInt8]) {
        let lines = rest.withLock { rest in
            var lines: [[UInt8]] = []
            for byte in piece {
                if byte == UInt8(ascii: "\n") {
                    if !rest.isTooLong, !rest.bytes.isEmpty { lines.append(rest.bytes) }
                    rest = Rest()
                } else if rest.bytes.count < Self.longestLine {
                    rest.bytes.append(byte)
                } else {
                    rest.isTooLong = true
                }
            }
            return lines
        }
        let texts = lines.compactMap(text)
        do {
            try output.lines(texts)
        } catch {
            // There is nobody left to print for.
            Output.complain("\(error)")
            Skepctl.exit(withError: ExitCode(error.kind.rawValue))
        }
    }

    private func text(_ line: [UInt8]) -> String? {
        guard let event = try? JSONReader.value(line) else { return nil }
        if output.isJSON { return PrintableJSON.compact(event) }
        return EventText.line(event, style: output.style) { SystemCall.timeZoneOffset(at: $0) }
    }
}

/// An event as text.
enum EventText {
    /// One line; nil for the sign of life between events, which is not for people.
    static func line(_ event: JSONValue, style: Style, offset: (Double) -> Int) -> String? {
        let kind = event["event"]?.string ?? "event"
        if kind == "heartbeat" { return nil }
        if kind == "skipped" {
            return style.yellow("… \(Human.count(event["count"]?.integer ?? 0)) events missed: this reader is too slow")
        }
        let time = event["time"]?.number.map { CalendarTime.text($0, offset: offset($0)) } ?? Bean.nothing
        let details = (event.object ?? [:]).filter { $0.key != "event" && $0.key != "time" }.sorted { $0.key < $1.key }
        let list = details.map { "\($0.key)=\(quoted(Bean.text($0.value)))" }.joined(separator: " ")
        return "\(style.dim(time))  \(style.bold(TextWidth.fit(Printable.text(kind), to: 19)))  \(list)"
    }

    /// A value in quotes if it would not be seen where it ends.
    private static func quoted(_ text: String) -> String {
        text.isEmpty || text.contains(" ") ? "\"\(Printable.text(text))\"" : Printable.text(text)
    }
}
