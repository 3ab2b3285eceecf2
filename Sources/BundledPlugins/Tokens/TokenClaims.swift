import FoundationEssentials
import JWTKit

/// What a token says, once its signature was found right.
struct TokenClaims: JWTPayload {
    enum Value: Sendable, Hashable {
        case text(String)
        case number(Double)
        case texts([String])
        /// Something else, which is not what any claim that is looked at may be.
        case other
    }

    let values: [String: Value]

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        var values: [String: Value] = [:]
        for key in container.allKeys {
            if let text = try? container.decode(String.self, forKey: key) {
                values[key.stringValue] = .text(text)
            } else if let number = try? container.decode(Double.self, forKey: key) {
                values[key.stringValue] = .number(number)
            } else if let texts = try? container.decode([String].self, forKey: key) {
                values[key.stringValue] = .texts(texts)
            } else {
                values[key.stringValue] = .other
            }
        }
        self.values = values
    }

    /// Tokens are read, never written, but the protocol asks for it.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in values {
            switch value {
            case .text(let text): try container.encode(text, forKey: Name(stringValue: name))
            case .number(let number): try container.encode(number, forKey: Name(stringValue: name))
            case .texts(let texts): try container.encode(texts, forKey: Name(stringValue: name))
            case .other: break
            }
        }
    }

    /// What the claims must say depends on settings: ``TokenVerifier`` looks at them.
    func verify(using algorithm: some JWTAlgorithm) async throws {}

    func text(_ name: String) -> String? {
        guard case .text(let text) = values[name] else { return nil }
        return text
    }

    /// One text counts as a list of one (RFC 7519, section 4.1.3).
    func texts(_ name: String) -> [String]? {
        switch values[name] {
        case .text(let text): [text]
        case .texts(let texts): texts
        case .number, .other, nil: nil
        }
    }

    /// Seconds since 1970, if the claim is a number that can be such.
    func time(_ name: String) -> Double? {
        guard case .number(let number) = values[name], number.isFinite, abs(number) < 1e15 else { return nil }
        return number
    }
}
