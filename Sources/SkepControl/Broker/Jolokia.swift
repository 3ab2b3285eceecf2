import Introspection

/// One request in the protocol of managed beans (Jolokia 1.x, JSON over HTTP POST).
enum BeanRequest: Sendable, Hashable {
    /// All attributes, or these; the name may be a pattern. One attribute comes as its value alone, of which `path`
    /// names a part.
    case read(String, attributes: [String] = [], path: String? = nil)
    case write(String, attribute: String, value: JSONValue)
    case execute(String, String, [JSONValue] = [])
    /// What there is; the path names a part of it.
    case list(path: String? = nil)
    case search(String)

    /// As it is sent.
    var json: JSONValue {
        switch self {
        case .read(let bean, let attributes, let path):
            var members: [String: JSONValue] = ["type": "read", "mbean": .string(bean)]
            if attributes.count == 1 {
                members["attribute"] = .string(attributes[0])
            } else if !attributes.isEmpty {
                members["attribute"] = .array(attributes.map { .string($0) })
            }
            if let path { members["path"] = .string(path) }
            return .object(members)
        case .write(let bean, let attribute, let value):
            return ["type": "write", "mbean": .string(bean), "attribute": .string(attribute), "value": value]
        case .execute(let bean, let operation, let arguments):
            return [
                "type": "exec", "mbean": .string(bean), "operation": .string(operation), "arguments": .array(arguments),
            ]
        case .list(let path):
            return .object(["type": "list"].merging(path.map { ["path": .string($0)] } ?? [:]) { $1 })
        case .search(let pattern): return ["type": "search", "mbean": .string(pattern)]
        }
    }

    /// A part of a path: `/` and `!` are escaped in it.
    static func pathPart(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if character == "/" || character == "!" { result.append("!") }
            result.append(character)
        }
    }
}

/// What a broker answers, in our words.
enum BeanReply {
    typealias Value = Result<JSONValue, ToolError>

    /// The value of each request of a bulk request.
    ///
    /// - Parameters:
    ///   - status: of HTTP.
    ///   - count: of the requests.
    static func values(status: Int, body: [UInt8], count: Int) throws(ToolError) -> [Value] {
        if let error = error(httpStatus: status) { throw error }
        let tree: JSONValue
        do {
            tree = try JSONReader.value(body)
        } catch {
            throw ToolError(.failed, "The answer is no JSON (at byte \(error.offset)): is this a Skep broker's socket?")
        }
        guard let replies = tree.array else {
            // A fault of the whole request is answered by one object.
            if case .failure(let error) = value(tree) { throw error }
            throw ToolError(.failed, "The broker gave one answer to a bulk request: is this a Skep broker's socket?")
        }
        guard replies.count == count else {
            throw ToolError(.failed, "The broker answered \(replies.count) of \(count) requests.")
        }
        return replies.map(value)
    }

    /// What an HTTP status means that is not 200; nil for 200.
    static func error(httpStatus: Int) -> ToolError? {
        switch httpStatus {
        case 200: nil
        case 401:
            ToolError(
                .notPermitted, "The broker wants a user and the right password: --url http://USER@…, $SKEPCTL_PASSWORD."
            )
        case 403: ToolError(.notPermitted, "The broker does not allow this over this socket or to this user.")
        case 404:
            ToolError(.failed, "Nothing is at this path of the server: is the URL right, and is it a Skep broker?")
        case 503: ToolError(.failed, "The broker has too many questions at once; try again.")
        default: ToolError(.failed, "The broker answered with HTTP status \(httpStatus).")
        }
    }

    /// One answer: its value, or what its status and message say.
    static func value(_ reply: JSONValue) -> Value {
        guard let status = reply["status"]?.integer else {
            return .failure(ToolError(.failed, "The answer has no status: is this a Skep broker's socket?"))
        }
        if status == 200 { return .success(reply["value"] ?? .null) }
        let type = reply["error_type"]?.string ?? ""
        var message = reply["error"]?.string ?? "The broker answered with status \(status)."
        // As Java has it: the class of the exception before its message, which says nothing to people.
        if !type.isEmpty, message.hasPrefix(type + " : ") { message = String(message.dropFirst(type.count + 3)) }
        let kind: ToolError.Kind =
            switch status {
            case 404: .notFound
            case 401, 403: .notPermitted
            default: .failed
            }
        return .failure(ToolError(kind, Printable.text(message)))
    }
}
