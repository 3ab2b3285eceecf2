/// Rows under headings, aligned by columns of the terminal.
struct Table: Sendable {
    /// How a column is laid out.
    struct Column: Sendable {
        let title: String
        /// For numbers.
        var isRight = false
        /// Columns that it keeps when the table has to become narrower; nil for one that is never cut.
        var least: Int?
        /// When it is left out because there is no room: 1 goes first. Nil for one that always stays.
        var leaves: Int?

        init(_ title: String, isRight: Bool = false, least: Int? = nil, leaves: Int? = nil) {
            self.title = title
            self.isRight = isRight
            self.least = least
            self.leaves = leaves
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

    /// The width of each column; 0 for one that is left out.
    func widths(_ width: Int?, least: [Int] = []) -> [Int] {
        var widths = columns.map { TextWidth.columns(of: $0.title) }
        for index in widths.indices where index < least.count { widths[index] = max(widths[index], least[index]) }
        for row in rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], TextWidth.columns(of: cell)) }
        }
        guard let width else { return widths }
        leaveOut(&widths, width)
        var excess = widths.reduce(0, +) + Self.gap * (widths.count { $0 > 0 } - 1) - width
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

    /// Leaves columns out until the others fit when they are cut as far as they may be.
    private func leaveOut(_ widths: inout [Int], _ width: Int) {
        let order = columns.indices.filter { columns[$0].leaves != nil }
            .sorted { (columns[$0].leaves ?? 0) < (columns[$1].leaves ?? 0) }
        for index in order {
            let cut = widths.enumerated().map { min($0.element, columns[$0.offset].least ?? .max) }
            guard cut.reduce(0, +) + Self.gap * (cut.count { $0 > 0 } - 1) > width else { return }
            widths[index] = 0
        }
    }

    private func line(_ cells: [String], _ widths: [Int], _ width: Int?) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() where widths[index] > 0 {
            if !text.isEmpty { text += String(repeating: " ", count: Self.gap) }
            text += TextWidth.fit(cell, to: widths[index], isRight: columns[index].isRight)
        }
        while text.last == " " { text.removeLast() }
        return width.map { TextWidth.cut(text, to: $0) } ?? text
    }
}
