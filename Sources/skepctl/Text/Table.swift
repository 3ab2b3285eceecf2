/// Rows under headings, aligned by columns of the terminal.
struct Table: Sendable {
    /// How a column is laid out.
    struct Column: Sendable {
        let title: String
        /// For numbers.
        var isRight = false
        /// Columns that it keeps when the table has to become narrower; nil for one that is never cut.
        var least: Int?

        init(_ title: String, isRight: Bool = false, least: Int? = nil) {
            self.title = title
            self.isRight = isRight
            self.least = least
        }
    }

    /// Between two columns.
    private static let gap = 2

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row of texts from anywhere: they are made printable here. Missing ones are empty.
    mutating func add(_ cells: [String]) {
        let missing = max(0, columns.count - cells.count)
        rows.append(cells.prefix(columns.count).map(Printable.text) + Array(repeating: "", count: missing))
    }

    /// The lines of the table.
    ///
    /// - Parameters:
    ///   - width: of the terminal; nil for as wide as it takes.
    ///   - least: widths that a page before this one had, so that pages line up.
    func lines(width: Int?, least: [Int] = [], showsTitles: Bool = true, style: Style = Style(isOn: false)) -> [String]
    {
        let widths = widths(width, least: least)
        let titles = showsTitles ? [style.bold(line(columns.map(\.title), widths, width))] : []
        return titles + rows.map { line($0, widths, width) }
    }

    /// The width of each column.
    func widths(_ width: Int?, least: [Int] = []) -> [Int] {
        var widths = columns.map { TextWidth.columns(of: $0.title) }
        for index in widths.indices where index < least.count { widths[index] = max(widths[index], least[index]) }
        for row in rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], TextWidth.columns(of: cell)) }
        }
        guard let width else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * (columns.count - 1) - width
        while excess > 0 {
            // The widest that may be cut goes down to the next widest, or as far as is needed.
            let candidates = columns.indices.filter { index in columns[index].least.map { widths[index] > $0 } ?? false
            }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            let second = candidates.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
            let floor = max(columns[widest].least ?? 0, min(second, widths[widest] - 1))
            let step = min(excess, max(1, widths[widest] - floor))
            widths[widest] -= step
            excess -= step
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int], _ width: Int?) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { text += String(repeating: " ", count: Self.gap) }
            text += TextWidth.fit(cell, to: widths[index], isRight: columns[index].isRight)
        }
        while text.last == " " { text.removeLast() }
        return width.map { TextWidth.cut(text, to: $0) } ?? text
    }
}
