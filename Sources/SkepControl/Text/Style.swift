/// Colours and weights, or none: only a terminal gets them, and none if `NO_COLOR` is set (no-color.org).
struct Style: Sendable {
    let isOn: Bool

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func yellow(_ text: String) -> String { wrap(text, "33") }
    func inverse(_ text: String) -> String { wrap(text, "7") }

    /// Green, yellow, red as a ratio comes near to 1.
    func graded(_ text: String, _ ratio: Double) -> String {
        ratio >= 0.9 ? red(text) : ratio >= 0.6 ? yellow(text) : green(text)
    }

    private func wrap(_ text: String, _ code: String) -> String { isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
