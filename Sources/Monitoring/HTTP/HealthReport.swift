package import NIOCore

/// Answers whether the broker is alive and whether it takes clients.
package protocol HealthSource: Sendable {
    /// Whether the process works at all: an orchestrator restarts what is not healthy. Runs on a thread of the HTTP
    /// endpoints; must not wait for an event loop, but look at when it answered last.
    func health() -> HealthReport
    /// Whether clients should be sent here now. The same thread, the same rule.
    func readiness() -> HealthReport
}

/// The outcome of a list of checks.
package struct HealthReport: Sendable, Equatable {
    /// One thing that was looked at.
    package struct Check: Sendable, Equatable {
        /// Lower-case words with dashes: `event-loops`.
        package let name: String
        package let isOK: Bool
        /// For people: what was found.
        package let detail: String

        /// What was looked at and what was found.
        package init(name: String, isOK: Bool, detail: String) {
            self.name = name
            self.isOK = isOK
            self.detail = detail
        }
    }

    package let checks: [Check]

    /// All checks; no check at all is in order.
    package init(checks: [Check]) { self.checks = checks }

    /// Whether every check passed.
    package var isOK: Bool { checks.allSatisfy(\.isOK) }

    /// `{"status":"failing","failing":["stress"],"checks":[{"name":"stress","ok":false,"detail":"level 6"}]}` and a
    /// line feed.
    package var json: ByteBuffer {
        let failing = checks.filter { !$0.isOK }.map { Self.quoted($0.name) }.joined(separator: ",")
        let all = checks.map { check in
            "{\"name\":\(Self.quoted(check.name)),\"ok\":\(check.isOK),\"detail\":\(Self.quoted(check.detail))}"
        }
        let status = isOK ? "ok" : "failing"
        return ByteBuffer(
            string: "{\"status\":\"\(status)\",\"failing\":[\(failing)],\"checks\":[\(all.joined(separator: ","))]}\n")
    }

    /// RFC 8259, section 7: quote, backslash and control characters are escaped.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
