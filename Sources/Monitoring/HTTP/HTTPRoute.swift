package import HTTPTypes
package import NIOCore

/// What a route answers.
package struct HTTPReply: Sendable {
    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    /// Shared, not copied, when several clients get the same.
    package var body: ByteBuffer
    /// The next part of what follows the body, nil at the end; asked for when the connection can take more, until the
    /// client has gone. Nil for an answer that ends with its body.
    package var parts: (@Sendable () async -> ByteBuffer?)?

    /// An answer with a body of a type.
    package init(
        status: HTTPResponse.Status = .ok, contentType: String, headers: HTTPFields = [:], body: ByteBuffer
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.headers[.contentType] = contentType
    }

    /// A line of plain text.
    static func text(_ status: HTTPResponse.Status, _ line: String) -> HTTPReply {
        HTTPReply(status: status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: line + "\n"))
    }
}

/// A request with its body.
package struct HTTPQuestion: Sendable {
    package let head: HTTPRequest
    /// Without the query, still with its percent signs.
    package let path: String
    /// What follows the question mark, as it came; nil without one.
    package let query: String?
    package let body: ByteBuffer
}

/// A path of a server and all below it, whatever the method. A request that none of the routes is for comes here.
package struct HTTPSubtree: Sendable {
    /// Without a slash at its end.
    package let path: String
    package let respond: @Sendable (HTTPQuestion) async throws -> HTTPReply

    /// - Parameter respond: as in ``HTTPRoute``.
    package init(_ path: String, respond: @escaping @Sendable (HTTPQuestion) async throws -> HTTPReply) {
        self.path = path
        self.respond = respond
    }

    func holds(_ path: String) -> Bool { path == self.path || path.hasPrefix(self.path + "/") }
}

/// One path of a server and what answers there.
package struct HTTPRoute: Sendable {
    /// Compared byte by byte with the request's path, without its query: no slash is added or taken away.
    package let path: String
    /// A route for GET answers HEAD, too.
    package let method: HTTPRequest.Method
    package let respond: @Sendable (HTTPRequest) async throws -> HTTPReply

    /// - Parameter respond: runs outside of the event loop's thread; whatever it throws is answered 503. It must end
    ///   when its task is cancelled.
    package init(
        _ method: HTTPRequest.Method, _ path: String,
        respond: @escaping @Sendable (HTTPRequest) async throws -> HTTPReply
    ) {
        self.path = path
        self.method = method
        self.respond = respond
    }
}

/// The routes of one server. The first one that fits answers.
struct HTTPRouteTable: Sendable {
    private let routes: [String: [HTTPRoute]]
    private let subtrees: [HTTPSubtree]

    init(_ routes: [HTTPRoute], _ subtrees: [HTTPSubtree] = []) {
        self.routes = Dictionary(grouping: routes, by: \.path)
        self.subtrees = subtrees
    }

    /// What answers below a path; nil where only routes do.
    func subtree(_ path: String) -> HTTPSubtree? {
        routes[path] == nil ? subtrees.first { $0.holds(path) } : nil
    }

    /// Asks the route for this request, or answers 404 or 405. HEAD is answered like GET; who sends it leaves out the
    /// body.
    func answer(_ request: HTTPRequest, path: String) async -> HTTPReply {
        guard let candidates = routes[path] else { return .text(.notFound, "404: there is no such page here") }
        let method = request.method == .head ? .get : request.method
        guard let route = candidates.first(where: { $0.method == method }) else {
            var reply = HTTPReply.text(.methodNotAllowed, "405: this page does not take \(request.method)")
            reply.headers[.allow] = Self.allowed(candidates)
            return reply
        }
        do {
            return try await route.respond(request)
        } catch {
            return .text(.serviceUnavailable, "503: not now")
        }
    }

    private static func allowed(_ routes: [HTTPRoute]) -> String {
        var names: [String] = []
        for route in routes where !names.contains(route.method.rawValue) {
            names.append(route.method.rawValue)
            if route.method == .get { names.append(HTTPRequest.Method.head.rawValue) }
        }
        return names.joined(separator: ", ")
    }
}
