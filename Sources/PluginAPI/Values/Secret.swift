/// Bytes that must not be seen: a password. Printing it shows nothing of it.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The bytes themselves.
    public let bytes: [UInt8]

    /// Bytes that must not be seen.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The bytes as text; nil if they are not UTF-8.
    public var text: String? { String(validating: bytes, as: UTF8.self) }

    public var description: String { "********" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
