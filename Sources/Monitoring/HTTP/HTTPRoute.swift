package import HTTPTypes
package import NIOCore

/// What a route answers.
package struct HTTPReply: Sendable {
    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    /// Shared, not copied, when several clients get the same.
    package var body: ByteBuffer

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

    init(_ routes: [HTTPRoute]) { self.routes = Dictionary(grouping: routes, by: \.path) }

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
