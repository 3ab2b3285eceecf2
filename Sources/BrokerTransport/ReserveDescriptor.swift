import Glibc

/// A descriptor that is held so that it can be given up when the process has no other left.
final class ReserveDescriptor {
    private var descriptor: Int32

    init() { descriptor = Self.open() }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static func open() -> Int32 { unsafe Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }

    /// Accepts one waiting client with the reserve and closes it at once.
    func turnAwayOne(listening socket: Int32) {
        guard descriptor >= 0 else {
            descriptor = Self.open()
            return
        }
        close(descriptor)
        let accepted = accept(socket, nil, nil)
        if accepted >= 0 { close(accepted) }
        descriptor = Self.open()
    }
}
