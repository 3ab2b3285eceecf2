/// One message encoded once for each form that its receivers need: by version (with or without properties) and by
/// whether it carries a packet identifier. A receiver gets a copy; see ``OutBuffer/appendPublish(copyOf:firstByte:packetIdentifierOffset:packetIdentifier:)``.
///
/// Safe: the four pieces of memory are allocated here, grown only in ``encode`` and freed with the object; a view of
/// one is valid until the next `encode` of the same form, and only the route of one message uses it.
@safe package final class PublishTemplates {
    /// Number of forms.
    package static let formCount = 4

    private var buffers: [UnsafeMutableRawBufferPointer]

    package init() {
        unsafe buffers = unsafe (0..<Self.formCount).map { _ in
            UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 8)
        }
    }

    deinit { for unsafe buffer in unsafe buffers { unsafe buffer.deallocate() } }

    /// The form for a version and QoS: 0...3.
    @inline(__always)
    package static func form(version: ProtocolVersion, hasIdentifier: Bool) -> Int {
        (version.hasProperties ? 2 : 0) | (hasIdentifier ? 1 : 0)
    }

    /// Encodes a message in one form, with first byte and packet identifier left for the receivers.
    ///
    /// - Returns: the packet, and where the packet identifier stands in it (0 if it has none).
    package func encode(
        form: Int, topic: ByteView, properties: ByteView, payload: ByteView
    ) -> (packet: ByteView, packetIdentifierOffset: Int) {
        let hasProperties = form & 2 != 0
        let hasIdentifier = form & 1 != 0
        let propertyBytes = hasProperties ? properties.count + variableIntegerSize(properties.count) : 0
        let remaining = 2 + topic.count + (hasIdentifier ? 2 : 0) + propertyBytes + payload.count
        let size = 1 + variableIntegerSize(remaining) + remaining
        if unsafe buffers[form].count < size {
            unsafe buffers[form].deallocate()
            unsafe buffers[form] = UnsafeMutableRawBufferPointer.allocate(byteCount: size * 2, alignment: 8)
        }
        guard let start = unsafe buffers[form].baseAddress else { return (.empty, 0) }
        var target = unsafe start
        unsafe target.put(UInt8(0x30))
        unsafe target.put(variableInteger: remaining)
        unsafe target.put(UInt16(topic.count))
        unsafe target.put(topic)
        let identifierOffset = unsafe hasIdentifier ? target - start : 0
        if hasIdentifier { unsafe target.put(UInt16(0)) }
        if hasProperties {
            unsafe target.put(variableInteger: properties.count)
            unsafe target.put(properties)
        }
        unsafe target.put(payload)
        return (unsafe ByteView(start: UnsafeRawPointer(start), count: size), identifierOffset)
    }
}
