/// One request as it comes from HTTP.
package struct JolokiaExchange: Sendable, Hashable {
    /// Other methods are none of this protocol's; HEAD is a GET whose answer's body is left out.
    package enum Method: Sendable, Hashable {
        case get
        case post
        case options
    }

    package var method: Method
    /// What stands behind the base, such as `/read/skep:type=Broker`; still percent-encoded.
    package var path: String
    /// What stands behind the question mark, still percent-encoded; empty without one.
    package var query: String
    package var body: [UInt8]
    /// The header `Origin`.
    package var origin: String?
    /// The header `Access-Control-Request-Headers` of a pre-flight.
    package var requestedHeaders: String?

    /// A request.
    package init(
        _ method: Method, path: String = "", query: String = "", body: [UInt8] = [], origin: String? = nil,
        requestedHeaders: String? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.origin = origin
        self.requestedHeaders = requestedHeaders
    }
}

/// What goes back over HTTP.
package struct JolokiaAnswer: Sendable, Hashable {
    /// 200 even where the body tells of an error, once the request could be understood.
    package var httpStatus: Int
    package var contentType: String
    /// All others, by name.
    package var headers: [String: String]
    /// A JSON text; empty in the answer to a pre-flight.
    package var body: [UInt8]
}
