/// Sockets that outlive the process: a service manager opened them before it, or keeps them for the one after it.
package protocol ListeningSockets: Sendable {
    /// Takes the open sockets that are meant for a listener; empty for none. They belong to the caller from then on.
    ///
    /// - Parameters:
    ///   - name: of the listener.
    ///   - endpoint: where it listens, as configured.
    func take(_ name: String, endpoint: String) -> [Int32]

    /// Asks for a socket that was just opened to be kept open over a restart. It still belongs to the caller.
    ///
    /// - Returns: whether somebody may keep it.
    func keep(_ descriptor: Int32, _ name: String, endpoint: String) -> Bool
}

/// What a process has that nobody manages.
package struct NoListeningSockets: ListeningSockets {
    /// There is only one of this kind.
    package init() {}

    /// None.
    package func take(_ name: String, endpoint: String) -> [Int32] { [] }

    /// Nobody.
    package func keep(_ descriptor: Int32, _ name: String, endpoint: String) -> Bool { false }
}
