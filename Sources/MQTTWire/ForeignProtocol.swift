/// Guesses what speaks to a listener that only speaks MQTT.
package enum ForeignProtocol {
    /// What a first byte other than that of CONNECT looks like, to be put behind a sentence; empty if it tells nothing.
    package static func guess(firstByte byte: UInt8) -> String {
        switch byte {
        // The record type of a TLS handshake.
        case 0x16: ": this looks like TLS; this listener has none"
        // GET, PUT, POST, PATCH, HEAD.
        case UInt8(ascii: "G"), UInt8(ascii: "P"), UInt8(ascii: "H"): ": this looks like HTTP"
        default: ""
        }
    }
}
