/// Frames of WebSocket clients, put together byte by byte.
enum FrameBytes {
    static func frame(
        _ payload: [UInt8], opcode: UInt8 = 2, isFinal: Bool = true, key: [UInt8] = [1, 2, 3, 4], reserved: UInt8 = 0
    ) -> [UInt8] {
        var bytes = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode]
        switch payload.count {
        case 0..<126: bytes.append(0x80 | UInt8(payload.count))
        case 126...0xFFFF: bytes += [0x80 | 126] + ProxyBytes.big(payload.count, 2)
        default: bytes += [0x80 | 127] + ProxyBytes.big(payload.count, 8)
        }
        return bytes + key + payload.enumerated().map { $0.element ^ key[$0.offset % 4] }
    }

    static func ping(_ payload: [UInt8] = []) -> [UInt8] { frame(payload, opcode: 9) }

    static func close(_ payload: [UInt8] = [3, 0xE8]) -> [UInt8] { frame(payload, opcode: 8) }

    /// A handshake as a browser sends it.
    static func request(
        _ line: String = "GET /mqtt HTTP/1.1", without: String = "", with extra: String = "",
        protocols: String? = "mqtt"
    ) -> [UInt8] {
        var lines = [
            "Host: broker.example", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        ]
        if let protocols { lines.append("Sec-WebSocket-Protocol: \(protocols)") }
        lines.removeAll { !without.isEmpty && $0.hasPrefix(without) }
        if !extra.isEmpty { lines.append(extra) }
        return Array(([line] + lines + ["", ""]).joined(separator: "\r\n").utf8)
    }
}
