import Introspection

/// What a client may do on the socket on which it asks.
package enum JolokiaAccess: Sendable, Hashable, CaseIterable {
    /// Read attributes, list and search beans, and call operations that are for everybody.
    case aggregates
    /// Also call the operations that show single clients and messages.
    case reading
    /// Everything: also write attributes, and call the operations that change something.
    case operating
}

/// Which web pages of other servers a browser lets read the answers.
package enum JolokiaOrigins: Sendable, Hashable {
    case nobody
    case everybody
    /// Such as `https://console.example.org`.
    case these(Set<String>)

    func include(_ origin: String) -> Bool {
        switch self {
        case .nobody: false
        case .everybody: true
        case .these(let origins): origins.contains(origin)
        }
    }
}

/// What holds for everybody who asks on one socket.
package struct JolokiaDoor: Sendable, Hashable {
    package var access: JolokiaAccess
    /// Whether GET may write an attribute or call an operation for operators. Any web page can make a browser send GET,
    /// so this is for sockets that no browser reaches.
    package var getMayChange: Bool
    package var origins: JolokiaOrigins
    /// What the log calls it, such as the path of a socket.
    package var name: String

    /// A door; pages of other servers are let in only if it says so.
    package init(access: JolokiaAccess, getMayChange: Bool, origins: JolokiaOrigins = .nobody, name: String = "") {
        self.access = access
        self.getMayChange = getMayChange
        self.origins = origins
        self.name = name
    }
}

extension JolokiaDoor {
    /// Where it would be allowed to change something, for messages to who may not.
    private static let operatingSocket = "the socket introspection.sock"

    /// - Throws: if nothing may be changed here, or not by GET.
    func checkChange(_ what: String, method: JolokiaExchange.Method) throws(JolokiaError) {
        guard access == .operating else {
            throw JolokiaError(.refused, "\(what) is not allowed here: \(Self.operatingSocket) is for that")
        }
        guard method == .post || getMayChange else {
            throw JolokiaError(.refused, "\(what) is not allowed with GET here: use POST")
        }
    }

    /// - Throws: if the operation may not be called here.
    func check(
        _ operation: OperationDescription, of bean: ObjectName, method: JolokiaExchange.Method
    ) throws(JolokiaError) {
        let what = "Calling \(operation.signature) of \(JolokiaError.cut(bean.text))"
        switch operation.access {
        case .everybody: break
        case .readers:
            guard access != .aggregates else {
                throw JolokiaError(
                    .refused,
                    "\(what) is not allowed here: the sockets introspection-ro.sock and introspection.sock are for that, or TCP "
                        + "with a user and a password"
                )
            }
        case .operators: try checkChange(what, method: method)
        }
    }
}
