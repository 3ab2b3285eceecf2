/// One element of a settings file, with what faults need to name it.
struct XMLElement: Sendable, Equatable {
    /// The name as written, prefix included.
    let name: String
    /// The line of its start tag, from 1.
    let line: Int
    /// The names of its attributes, in no particular order; their values mean nothing to us.
    let attributes: [String]
    /// Its own text without white space at both ends; the text of children is not in it.
    let text: String
    /// Its child elements in the order of the file.
    let children: [XMLElement]
}

/// Why a file is no XML that we read. The whole file is refused: nothing after the fault is known.
struct XMLFault: Error, Equatable {
    let line: Int
    let message: String
}

/// What one file may cost. A settings file of a thousand listeners stays far below each of them.
enum XMLLimits {
    /// Bytes of the file.
    static let fileBytes = 4 * 1024 * 1024
    /// Elements inside each other, the root included.
    static let depth = 32
    /// Elements of the whole file.
    static let elements = 10_000
}
