import Introspection

/// The walk over pages that a broker gives with cursors.
enum Pages {
    /// Elements of one page, as many as brokers give.
    static let size = ClientQuery.maximumLimit

    /// Goes on until there are no more or the limit is reached.
    ///
    /// - Parameters:
    ///   - key: of the elements in a page.
    ///   - page: asks for a page with a cursor and a size.
    ///   - each: gets the elements of each page.
    /// - Returns: whether there are more behind the limit.
    static func walk(
        limit: Int?, key: String, page: (String?, Int) throws(ToolError) -> JSONValue,
        each: ([JSONValue]) throws(ToolError) -> Void
    ) throws(ToolError) -> Bool {
        var left = limit ?? Int.max
        var cursor: String?
        repeat {
            let answer = try page(cursor, min(left, size))
            guard let elements = answer[key]?.array else {
                throw ToolError(.failed, "The broker's page has no \"\(key)\".")
            }
            try each(Array(elements.prefix(left)))
            left -= min(left, elements.count)
            let next = answer["next"]?.string
            guard next == nil || next != cursor else {
                throw ToolError(.failed, "The broker gave the same page twice.")
            }
            cursor = next
        } while cursor != nil && left > 0
        return cursor != nil
    }
}

/// Prints pages of elements as one table, or as one JSON array with an element in each line.
struct PagePrinter {
    private let output: Output
    private let columns: [Table.Column]
    private let textIfEmpty: String
    private var widths: [Int] = []
    private var count = 0

    init(_ output: Output, _ columns: [Table.Column], ifEmpty text: String) {
        self.output = output
        self.columns = columns
        textIfEmpty = text
    }

    /// Prints the elements of a page.
    mutating func print(_ elements: [JSONValue], row: (JSONValue) -> [String]) throws(ToolError) {
        guard !elements.isEmpty else { return }
        if output.isJSON {
            let lines = elements.enumerated().map { index, element in
                (count + index == 0 ? "[\n" : ",\n") + PrintableJSON.compact(element)
            }
            try output.write(lines.joined())
        } else {
            var table = Table(columns)
            for element in elements { table.add(row(element)) }
            let lines = table.lines(
                width: output.width, least: widths, showsTitles: count == 0, style: output.style)
            widths = table.widths(output.width, least: widths)
            try output.lines(lines)
        }
        count += elements.count
    }

    /// Ends the array, or says that there was nothing.
    func end() throws(ToolError) {
        if output.isJSON {
            try output.line(count == 0 ? "[]" : "\n]")
        } else if count == 0 {
            Output.remark(textIfEmpty)
        }
    }
}
