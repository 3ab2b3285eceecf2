/// What attributes may take.
package enum AttributeLimits {
    /// Bytes of a key.
    package static let keyBytes = 256
    /// Bytes of a value.
    package static let valueBytes = 10_240
    /// Attributes of one session.
    package static let count = 100
    /// Bytes of memory that the attributes of all sessions of a broker take together before more are refused. What was
    /// stored before is kept all the same.
    package static let brokerBytes = 256 << 20
}

/// A small value that somebody has given a session.
package struct SessionAttribute: Sendable, Equatable {
    /// Names it within its session, compared byte by byte; UTF-8.
    package let key: [UInt8]
    package let value: [UInt8]
    /// Tells which of two values is newer: milliseconds since 1970 by the clock of whoever has put it.
    package let timestamp: Int64

    /// An attribute, whatever the limits say.
    package init(key: [UInt8], value: [UInt8], timestamp: Int64) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
    }

    /// Bytes of memory: itself, and the heads of its two arrays.
    var chargedBytes: Int { 96 + key.count + value.count }
}

/// The attributes of one session: few and small, so they stand in one array in the order in which they came.
struct SessionAttributes: Sendable, Equatable {
    private(set) var elements: ContiguousArray<SessionAttribute> = []
    /// Bytes of memory that they take.
    private(set) var chargedBytes = 0

    var count: Int { elements.count }
    var isEmpty: Bool { elements.isEmpty }

    subscript(key: [UInt8]) -> SessionAttribute? {
        elements.firstIndex { $0.key == key }.map { elements[$0] }
    }

    /// Puts an attribute, in the place of one with its key. Whether there is room for it has been looked at.
    mutating func set(_ attribute: SessionAttribute) {
        chargedBytes += attribute.chargedBytes
        if let place = elements.firstIndex(where: { $0.key == attribute.key }) {
            chargedBytes -= elements[place].chargedBytes
            elements[place] = attribute
        } else {
            elements.append(attribute)
        }
    }

    /// Takes an attribute out. Returns it, if there was one.
    mutating func remove(_ key: [UInt8]) -> SessionAttribute? {
        guard let place = elements.firstIndex(where: { $0.key == key }) else { return nil }
        chargedBytes -= elements[place].chargedBytes
        return elements.remove(at: place)
    }
}

/// What the attributes of all sessions of a shard take.
struct AttributeUse {
    var count = 0
    /// Bytes of memory.
    var bytes = 0
}
