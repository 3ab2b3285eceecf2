import BrokerCore
import PluginAPI
import Synchronization

/// A client that has been let in, as plugins know it, with the attributes of its connection.
final class PluginLogin: LoginRecord {
    let client: Client
    private let attributes = Mutex<[String: [UInt8]]>([:])

    static let maximumKey = 256
    static let maximumValue = 10_240
    static let maximumCount = 100

    init(_ client: Client) { self.client = client }

    func put(_ key: String, _ value: [UInt8]) throws(PluginServiceError) {
        guard key.utf8.count <= Self.maximumKey else {
            throw .limitExceeded("a key has \(Self.maximumKey) bytes at most")
        }
        guard value.count <= Self.maximumValue else {
            throw .limitExceeded("a value has \(Self.maximumValue) bytes at most")
        }
        let isStored = attributes.withLock { attributes in
            guard attributes[key] != nil || attributes.count < Self.maximumCount else { return false }
            attributes[key] = value
            return true
        }
        if !isStored { throw .limitExceeded("a connection has \(Self.maximumCount) attributes at most") }
    }

    var all: [String: [UInt8]] { attributes.withLock { $0 } }

    func remove(_ key: String) -> [UInt8]? { attributes.withLock { $0.removeValue(forKey: key) } }

    func removeAll() { attributes.withLock { $0 = [:] } }
}
