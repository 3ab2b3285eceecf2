/// Why a file of certificates or keys cannot be used, in words that say what to do.
package struct TLSFileFault: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path): \(reason)" }
}
