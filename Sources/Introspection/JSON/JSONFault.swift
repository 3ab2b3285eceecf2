/// Why bytes are no JSON text that is taken here.
package struct JSONFault: Error, Sendable, Hashable {
    package let message: String
    /// Bytes before the place of the fault.
    package let offset: Int
}
