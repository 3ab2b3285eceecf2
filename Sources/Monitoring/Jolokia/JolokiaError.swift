import Introspection

/// An error of one request as its answer tells it.
struct JolokiaError: Error, Hashable {
    /// The names of Java's exceptions that clients know, each with its status.
    enum Kind: String, CaseIterable {
        case noSuchBean = "javax.management.InstanceNotFoundException"
        case noSuchAttribute = "javax.management.AttributeNotFoundException"
        /// What an operation is for is not there, such as a client.
        case noSuchElement = "java.util.NoSuchElementException"
        case badRequest = "java.lang.IllegalArgumentException"
        /// As Jolokia does it: it hides what refused.
        case refused = "java.lang.Exception"
        case failed = "java.lang.IllegalStateException"

        var status: Int64 {
            switch self {
            case .noSuchBean, .noSuchAttribute, .noSuchElement: 404
            case .badRequest: 400
            case .refused: 403
            case .failed: 500
            }
        }

        /// Whether it is one of the exceptions of management itself.
        var isManagement: Bool { rawValue.hasPrefix("javax.management.") }

        /// Whether Java counts it as a mistake in a program.
        var isRuntime: Bool {
            switch self {
            case .noSuchElement, .badRequest, .failed: true
            case .noSuchBean, .noSuchAttribute, .refused: false
            }
        }
    }

    let kind: Kind
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    init(_ error: BeanError) {
        let kind: Kind =
            switch error.kind {
            case .noSuchBean: .noSuchBean
            case .noSuchAttribute: .noSuchAttribute
            case .noSuchOperation, .badArgument: .badRequest
            case .notAllowed: .refused
            case .notFound: .noSuchElement
            case .failed: .failed
            }
        self.init(kind, error.message)
    }

    /// What was asked for, short enough for a message.
    static func cut(_ text: String) -> String {
        let start = text.prefix(200)
        return start.endIndex == text.endIndex ? text : start + "…"
    }

    /// The answer's members, without the request.
    func members(_ parameters: JolokiaParameters) -> [String: JSONValue] {
        var result: [String: JSONValue] = [
            ".error": true, "status": .integer(kind.status), "error": .string(message),
            "error_type": .string(kind.rawValue),
        ]
        if kind.isManagement { result["error_type_jmx"] = .string(kind.rawValue) }
        if parameters.includeStackTrace == .always || parameters.includeStackTrace == .runtime && kind.isRuntime {
            // There is no stack to show; the first line is that of Java.
            result["stacktrace"] = .string("\(kind.rawValue): \(message)\n")
        }
        if parameters.serializeException {
            let text = JSONValue.string(message)
            result["error_value"] = [
                "message": text, "localizedMessage": text, "cause": .null, "stackTrace": [], "suppressed": [],
            ]
        }
        return result
    }

    /// What stands in an attribute's place when errors are to be ignored.
    var inPlaceOfValue: JSONValue { .string("ERROR: \(message) (class \(kind.rawValue))") }
}
