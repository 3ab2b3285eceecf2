import CExpat

/// Reads XML with libexpat: the one type that holds its pointers.
///
/// It refuses a document type declaration, and with it every entity that a file could define: neither a "billion
/// laughs" nor a file of this machine can come in through one. Size, depth and number of elements are bounded by
/// ``XMLLimits``. Cost: one pass, and memory of a few times the file.
///
/// Safe: the parser is created in `init`, freed in `deinit` and never handed out. Its user data is an unretained
/// pointer to this object; callbacks run only inside `XML_Parse`, which only `run` calls, which holds `self` alive.
@safe
final class ExpatReader {
    private let parser: XML_Parser
    private var builder = XMLTreeBuilder()
    private var fault: XMLFault?

    private init?() {
        // Safe: a null encoding asks libexpat to find it out itself.
        guard let parser = unsafe XML_ParserCreate(nil) else { return nil }
        unsafe self.parser = parser
    }

    deinit {
        // Safe: created by `init`, freed only here.
        unsafe XML_ParserFree(parser)
    }

    /// The tree of a file, or the first thing that is wrong with it.
    static func read(_ bytes: [UInt8]) throws(XMLFault) -> XMLElement {
        guard bytes.count <= XMLLimits.fileBytes else {
            throw XMLFault(line: 1, message: "the file is larger than \(XMLLimits.fileBytes) bytes")
        }
        guard let reader = ExpatReader() else {
            throw XMLFault(line: 1, message: "no memory for the XML parser")
        }
        return try reader.run(bytes)
    }

    private func run(_ bytes: [UInt8]) throws(XMLFault) -> XMLElement {
        setHandlers()
        // Safe: the pointer is used only during the call; the count was checked against `fileBytes`, so fits.
        let status = unsafe bytes.withUnsafeBytes { buffer in
            unsafe XML_Parse(
                parser, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(buffer.count), CInt(1))
        }
        if let fault { throw fault }
        guard status == XML_STATUS_OK, let root = builder.root else {
            throw XMLFault(line: line, message: "not well-formed XML: \(errorText)")
        }
        return root
    }

    /// The line that the parser is at, from 1.
    private var line: Int {
        // Safe: the parser lives as long as `self`.
        Int(clamping: unsafe XML_GetCurrentLineNumber(parser))
    }

    private var errorText: String {
        // Safe: the parser lives as long as `self`; the text is a constant of libexpat that ends in a zero.
        unsafe XML_ErrorString(XML_GetErrorCode(parser)).map { unsafe String(cString: $0) } ?? "unknown error"
    }

    private func setHandlers() {
        // Safe: see the type's argument. Each handler gets back the very pointer that is set here.
        unsafe XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        unsafe XML_SetElementHandler(
            parser,
            { context, name, attributes in
                unsafe ExpatReader.from(context)?.started(name, attributes)
            },
            { context, _ in
                unsafe ExpatReader.from(context)?.builder.ended()
            })
        unsafe XML_SetCharacterDataHandler(parser) { context, text, count in
            // Safe: libexpat passes `count` valid bytes; they are copied before the handler returns.
            let bytes = unsafe UnsafeRawBufferPointer(start: text, count: Int(count))
            unsafe ExpatReader.from(context)?.builder.text(bytes)
        }
        unsafe XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
            unsafe ExpatReader.from(context)?.refuseDocumentType()
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> ExpatReader? {
        // Safe: the pointer is the one of `setHandlers`, and `run` holds the object alive.
        unsafe context.map { unsafe Unmanaged<ExpatReader>.fromOpaque($0).takeUnretainedValue() }
    }

    private func started(
        _ name: UnsafePointer<CChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?
    ) {
        // Safe: libexpat passes texts that end in a zero, and a list of name and value in turns that ends in null.
        guard let name = unsafe name else { return }
        var names: [String] = []
        if let attributes = unsafe attributes {
            var index = 0
            while let attribute = unsafe attributes[index] {
                names.append(unsafe String(cString: attribute))
                index += 2
            }
        }
        if let fault = builder.started(name: unsafe String(cString: name), attributes: names, line: line) {
            stop(fault)
        }
    }

    private func refuseDocumentType() {
        stop(XMLFault(line: line, message: "a document type (<!DOCTYPE ...>) is not allowed in a settings file"))
    }

    private func stop(_ fault: XMLFault) {
        guard self.fault == nil else { return }
        self.fault = fault
        // Safe: the parser lives as long as `self`; libexpat allows this call inside a handler.
        _ = unsafe XML_StopParser(parser, XML_Bool(0))
    }
}
