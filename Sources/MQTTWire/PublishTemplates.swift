/// One message encoded once for each form that its receivers need: by version (with or without properties) and by
/// whether it carries a packet identifier. A receiver gets a copy; see
/// ``OutBuffer/appendPublish(copyOf:firstByte:packetIdentifierOffset:packetIdentifier:)``.
///
/// Safe: the four pieces of memory are allocated here, grown only in ``encode`` and freed with the object; a view of
/// one is valid until the next ``start(with:form:packetIdentifierOffset:)`` or ``start()``, and only the route of one
/// message at a time uses it.
@safe package final class PublishTemplates {
    private static let formCount = 4

    /// An encoded packet, and where its packet identifier stands (0 if it has none).
    package struct Form {
        package let packet: ByteView
        package let packetIdentifierOffset: Int
    }

    private var buffers: [UnsafeMutableRawBufferPointer]
    private var forms: [Form]
    /// A bit for each form that is ready.
    private var ready: UInt8 = 0

    /// Takes about two kilobytes; grows with the messages that it encodes. These are small: large bodies are shared and
    /// never encoded here (``Message/sharedBodyThreshold``), so a buffer never gets larger than twice a topic and that.
    package init() {
        unsafe buffers = unsafe (0..<Self.formCount).map { _ in
            UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 8)
        }
        forms = [Form](repeating: Form(packet: .empty, packetIdentifierOffset: 0), count: Self.formCount)
    }

    deinit { for form in 0..<Self.formCount { unsafe buffers[form].deallocate() } }

    /// The form for a version and QoS: 0...3.
    @inline(__always)
    package static func form(version: ProtocolVersion, hasIdentifier: Bool) -> Int {
        (version.hasProperties ? 2 : 0) | (hasIdentifier ? 1 : 0)
    }

    /// A new message is routed; none of its forms is ready.
    @inline(__always)
    package func start() { ready = 0 }

    /// A new message is routed; the packet as it came in is one of its forms.
    @inline(__always)
    package func start(with packet: ByteView, form: Int, packetIdentifierOffset: Int) {
        ready = 1 << UInt8(truncatingIfNeeded: form)
        forms[form] = Form(packet: packet, packetIdentifierOffset: packetIdentifierOffset)
    }

    /// The message in one form, with first byte and packet identifier left for the receivers; encoded now if it is not
    /// ready. The parts must be those of the message that was started.
    @inline(__always)
    package func form(_ form: Int, topic: ByteView, properties: ByteView, payload: ByteView) -> Form {
        let bit: UInt8 = 1 << UInt8(truncatingIfNeeded: form)
        if ready & bit == 0 {
            forms[form] = encode(form: form, topic: topic, properties: properties, payload: payload)
            ready |= bit
        }
        return forms[form]
    }

    private func encode(form: Int, topic: ByteView, properties: ByteView, payload: ByteView) -> Form {
        let hasProperties = form & 2 != 0
        let hasIdentifier = form & 1 != 0
        let propertyBytes = hasProperties ? properties.count + variableIntegerSize(properties.count) : 0
        let remaining = 2 + topic.count + (hasIdentifier ? 2 : 0) + propertyBytes + payload.count
        let size = 1 + variableIntegerSize(remaining) + remaining
        if unsafe buffers[form].count < size {
            unsafe buffers[form].deallocate()
            unsafe buffers[form] = UnsafeMutableRawBufferPointer.allocate(byteCount: size * 2, alignment: 8)
        }
        guard let start = unsafe buffers[form].baseAddress else {
            return Form(packet: .empty, packetIdentifierOffset: 0)
        }
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
        let packet = unsafe ByteView(start: UnsafeRawPointer(start), count: size)
        return Form(packet: packet, packetIdentifierOffset: identifierOffset)
    }
}
