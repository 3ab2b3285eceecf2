import Testing

/// `mosquitto_pub`, `mosquitto_sub` and `mosquitto_rr` against one broker.
struct Mosquitto: Sendable {
    /// A protocol version as the clients name it.
    enum Version: String, Sendable, CaseIterable {
        case v31 = "mqttv31"
        case v311 = "mqttv311"
        case v5 = "mqttv5"
    }

    let port: Int
    var version = Version.v311

    private var common: [String] { ["-h", "127.0.0.1", "-p", "\(port)", "-V", version.rawValue] }

    /// Publishes and waits until the client has gone in good order.
    func publish(_ arguments: String...) async throws {
        try await ChildProcess("mosquitto_pub", common + arguments).success()
    }

    /// A subscriber that has its SUBACK. Each message is a line that begins with `message` and follows `format`.
    func subscriber(_ arguments: [String], format: String = "%t %q %r %p") async throws -> ChildProcess {
        let child = try start(arguments + ["-d"], format: format)
        try await child.line(containing: "Subscribed (mid")
        return child
    }

    /// A subscriber that is not waited for.
    func start(_ arguments: [String], format: String = "%t %q %r %p") throws -> ChildProcess {
        // Its output goes to a pipe, where the C library would otherwise keep lines back.
        try ChildProcess("stdbuf", ["-oL", "mosquitto_sub"] + common + ["-F", "message \(format)"] + arguments)
    }

    /// Asks a question by MQTT 5 request and response, and returns the answer.
    func request(_ topic: String, _ payload: String, answerTo: String) async throws -> String {
        try await ChildProcess(
            "mosquitto_rr", common + ["-t", topic, "-e", answerTo, "-m", payload, "-W", "30"]
        ).success()
    }
}

extension ChildProcess {
    /// The messages that a ``Mosquitto`` subscriber has printed.
    var messages: [String] {
        outputLines.filter { $0.hasPrefix("message ") }.map { String($0.dropFirst("message ".count)) }
    }

    /// Waits until a ``Mosquitto`` subscriber has printed a number of messages.
    func messages(_ count: Int) async throws -> [String] {
        try await wait(for: "\(count) messages") { messages.count >= count ? messages : nil }
    }
}
