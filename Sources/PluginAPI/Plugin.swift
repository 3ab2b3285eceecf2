/// Something that adds rules or knowledge of its own to the broker.
///
/// A plugin is a value that is given to `Skep.main(plugins:)`. It takes part in what it conforms to: ``Authenticator``,
/// ``Authorizer``, ``PublishInterceptor`` and the other protocols of this module, as many as it likes. What it does not
/// conform to costs nothing.
///
/// Its methods run on Swift's own threads, never on the broker's event loops, and many of them at a time. A client whose
/// question is open waits, with its packets in their order; all others go on. Each call has a deadline; a plugin that
/// throws, does not answer in time or has too many calls open is told apart in metrics, log and beans, and the broker goes
/// on without its answer (HiveMQ 3.4 plugin SDK, general concepts).
public protocol Plugin: AnyObject, Sendable {
    /// How it is named in log, metrics and beans.
    var information: PluginInformation { get }

    /// Where it stands among others of its kind.
    var priority: PluginPriority { get }

    /// The broker starts: no listener is open yet (`OnBrokerStart`).
    ///
    /// - Throws: what prevents the start of the broker.
    func start(_ services: PluginServices) async throws

    /// All listeners are bound; clients are let in when all plugins have returned (`OnBrokerReady`).
    ///
    /// - Throws: what ends the broker in good order.
    func ready() async throws

    /// An operator has asked the broker to read its settings again: time to look at files of one's own.
    func settingsReloaded() async

    /// The broker stops: all connections are closed (`OnBrokerStop`).
    func stop() async
}

extension Plugin {
    public var priority: PluginPriority { .medium }
    /// Does nothing.
    public func start(_ services: PluginServices) async throws {}
    /// Does nothing.
    public func ready() async throws {}
    /// Does nothing.
    public func settingsReloaded() async {}
    /// Does nothing.
    public func stop() async {}
}

/// How a plugin is named.
public struct PluginInformation: Sendable, Hashable {
    /// Unique among the plugins of a broker: letters, digits, `-`, `_` and `.`, 64 of them at most.
    public let name: String
    public let version: String
    public let author: String

    /// Who it is.
    public init(name: String, version: String, author: String = "") {
        self.name = name
        self.version = version
        self.author = author
    }
}

/// Which of several plugins is asked first: the one with the lower number; among equals the one that was given first.
public struct PluginPriority: Sendable, Hashable, Comparable {
    public let rawValue: Int

    /// A place among others.
    public init(_ rawValue: Int) { self.rawValue = rawValue }

    public static let critical = Self(1)
    public static let veryHigh = Self(10)
    public static let high = Self(50)
    public static let medium = Self(100)
    public static let low = Self(500)
    public static let veryLow = Self(1000)

    /// Whether it is asked before the other.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
