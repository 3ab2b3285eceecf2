import ArgumentParser
import Glibc
import Introspection

/// Standard output: text for people or JSON, in colour or not, cut to the terminal or not.
struct Output: Sendable {
    let isJSON: Bool
    let isTerminal: Bool
    let style: Style
    /// Columns of the terminal; nil if it is none, so that what is piped is whole.
    let width: Int?

    init(json: Bool) {
        isJSON = json
        isTerminal = isatty(STDOUT_FILENO) == 1
        let wantsColour = (SystemCall.environment("NO_COLOR") ?? "").isEmpty && SystemCall.environment("TERM") != "dumb"
        style = Style(isOn: isTerminal && wantsColour)
        width = isTerminal ? SystemCall.terminalSize(of: STDOUT_FILENO)?.columns ?? 80 : nil
    }

    /// Writes a line.
    func line(_ text: String) throws(ToolError) { try write(text + "\n") }

    /// Writes lines at once.
    func lines(_ lines: [String]) throws(ToolError) {
        if !lines.isEmpty { try write(lines.joined(separator: "\n") + "\n") }
    }

    /// Writes a table, or what there is to say if it has no rows.
    func table(_ table: Table, ifEmpty text: String) throws(ToolError) {
        guard !table.rows.isEmpty else { return Self.remark(text) }
        try lines(table.lines(width: width, style: style))
    }

    /// Writes a value as indented JSON.
    func json(_ value: JSONValue) throws(ToolError) { try line(PrintableJSON.indented(value)) }

    /// Writes text as it is.
    func write(_ text: String) throws(ToolError) {
        guard SystemCall.writeAll(text, to: STDOUT_FILENO) else {
            let number = errno
            // Who reads has had enough, as in `skepctl clients | head`: that is no fault.
            if number == EPIPE { Skepctl.exit() }
            throw ToolError(.failed, "The output cannot be written: \(SystemCall.text(of: number)).")
        }
    }

    /// Something for people who wait, which scripts should not read: to standard error.
    static func remark(_ text: String) { _ = SystemCall.writeAll(text + "\n", to: STDERR_FILENO) }

    /// Something that is wrong or of note, to standard error.
    static func complain(_ text: String) { remark("skepctl: \(text)") }
}
