/// Names with their values, one in a line, the names aligned on their right.
struct Fields: Sendable {
    private var rows: [(name: String, value: String, paint: (@Sendable (String) -> String)?)] = []

    /// Adds a line; the value is made printable here.
    mutating func add(_ name: String, _ value: String?, paint: (@Sendable (String) -> String)? = nil) {
        if let value { rows.append((name, Printable.text(value), paint)) }
    }

    /// The lines, cut to a width if there is one.
    func lines(width: Int?, style: Style = Style(isOn: false)) -> [String] {
        let widest = rows.map { TextWidth.columns(of: $0.name) }.max() ?? 0
        return rows.map { row in
            let name = TextWidth.fit(row.name, to: widest, isRight: true)
            let value = width.map { TextWidth.cut(row.value, to: max(1, $0 - widest - 2)) } ?? row.value
            return style.dim(name + ":") + " " + (style.isOn ? row.paint.map { $0(value) } ?? value : value)
        }
    }
}
