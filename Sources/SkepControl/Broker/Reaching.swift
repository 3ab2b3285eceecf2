import Glibc

/// Why a socket could not be connected to.
enum ReachFault: Error, Hashable, Sendable {
    case missing
    /// The file is there and nobody listens.
    case refused
    case notPermitted
    /// Anything else, in words.
    case other(String)

    /// What an error number of `connect` means.
    init(errno number: Int32) {
        switch number {
        case ENOENT, ENOTDIR: self = .missing
        case ECONNREFUSED: self = .refused
        case EACCES, EPERM: self = .notPermitted
        default: self = .other(SystemCall.text(of: number))
        }
    }

    var text: String {
        switch self {
        case .missing: "no such file"
        case .refused: "nobody listens there"
        case .notPermitted: "permission denied"
        case .other(let text): text
        }
    }
}

/// The search for a socket that answers, as decisions: what is tried comes in as a function.
struct Reaching<Connection> {
    /// What was found.
    struct Found {
        let connection: Connection
        let path: String
        /// What the user should know of the choice; nil if it was the first one.
        let note: String?
    }

    /// Tries the sockets in their order; behind one that is not permitted also the read-only one, if that suffices.
    static func first(
        of paths: [String], readOnlySuffices: Bool, connect: (String) throws(ReachFault) -> Connection
    ) throws(ToolError) -> Found {
        var tried: [(path: String, fault: ReachFault)] = []
        for path in paths {
            do {
                return Found(connection: try connect(path), path: path, note: nil)
            } catch {
                tried.append((path, error))
            }
            guard tried.last?.fault == .notPermitted, readOnlySuffices,
                let variant = Endpoint.readOnlyVariant(of: path)
            else { continue }
            do {
                let note = "\(path): permission denied; reading from \(variant)"
                return Found(connection: try connect(variant), path: variant, note: note)
            } catch {
                tried.append((variant, error))
            }
        }
        throw Self.error(tried, readOnlySuffices: readOnlySuffices)
    }

    /// What to do when no socket answers.
    private static func error(_ tried: [(path: String, fault: ReachFault)], readOnlySuffices: Bool) -> ToolError {
        let list = tried.map { "\n  \(Printable.text($0.path)): \($0.fault.text)" }.joined()
        if tried.contains(where: { $0.fault == .notPermitted }) {
            let remedy =
                readOnlySuffices
                ? "be root or in the group skep, or name a socket that you may open with --socket"
                : "be root or in the group skep; the read-only socket does not do for this command"
            return ToolError(.notPermitted, "You may not open the broker's socket: \(remedy). Tried:\(list)")
        }
        if tried.allSatisfy({ $0.fault == .missing || $0.fault == .refused }) {
            return ToolError(
                .unreachable,
                """
                The broker does not run here, or its socket is elsewhere: its log says "Introspection at" and where. \
                Name it with --socket PATH or $SKEP_SOCKET, or ask over TCP with --url http://127.0.0.1:8778/jolokia/. \
                Tried:\(list)
                """)
        }
        return ToolError(.unreachable, "The broker cannot be reached. Tried:\(list)")
    }
}
