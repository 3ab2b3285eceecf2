import ArgumentParser
import Introspection

/// `skepctl restrict ID …`: what one client may do, in place of what the broker's limits say.
struct RestrictCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "restrict", abstract: "Set limits for one client alone, or remove them.",
        discussion: """
            What is given takes the place of what was given before for that client; other limits of its own stay. \
            --clear removes all of its own first; alone it leaves the client with the broker's limits.
            """)

    @OptionGroup var options: ConnectOptions
    @Argument(help: "The client identifier.") var id: String

    @Option(name: .long, help: ArgumentHelp("Largest PUBLISH that it may send.", valueName: "bytes"))
    var maxPublishSize: Int64?
    @Option(name: .long, help: ArgumentHelp("Bytes a second to it.", valueName: "bytes"))
    var outgoingBytesPerSecond: Int64?
    @Option(name: .long, help: ArgumentHelp("Bytes a second from it.", valueName: "bytes"))
    var incomingBytesPerSecond: Int64?
    @Option(name: .long, help: ArgumentHelp("Unsent bytes at which messages wait; with the next.", valueName: "bytes"))
    var writeBufferHigh: Int64?
    @Option(name: .long, help: ArgumentHelp("Unsent bytes at which they wait no longer.", valueName: "bytes"))
    var writeBufferLow: Int64?
    @Option(name: .long, help: ArgumentHelp("Messages that may wait for it.", valueName: "count"))
    var maxQueuedMessages: Int64?
    @Option(
        name: .long, help: ArgumentHelp("A full queue: discard or discard-oldest.", valueName: "strategy"),
        completion: .list(["discard", "discard-oldest"]))
    var queueStrategy: String?
    @Option(
        name: .long, help: ArgumentHelp("When its session expires: seconds or never.", valueName: "seconds"),
        transform: SessionExpiry.seconds)
    var sessionExpiry: Int64?
    @Option(name: .long, help: ArgumentHelp("Messages that it may leave unacknowledged.", valueName: "count"))
    var inflightQueueSize: Int64?
    @Flag(name: .long, help: "Remove what was set before.")
    var clear = false

    var onlyReads: Bool { false }

    /// What was given, in the names of the bean.
    var given: [String: JSONValue] {
        let numbers = [
            "maxPublishSize": maxPublishSize, "outgoingBytesPerSecond": outgoingBytesPerSecond,
            "incomingBytesPerSecond": incomingBytesPerSecond, "writeBufferHigh": writeBufferHigh,
            "writeBufferLow": writeBufferLow, "maxQueuedMessages": maxQueuedMessages,
            "sessionExpiry": sessionExpiry, "inflightQueueSize": inflightQueueSize,
        ]
        var given: [String: JSONValue] = numbers.compactMapValues { $0.map { .integer($0) } }
        given["queueStrategy"] = queueStrategy.map { .string($0) }
        return given
    }

    func validate() throws {
        guard !given.isEmpty || clear else {
            throw ValidationError("Give at least one limit, such as --max-queued-messages 100, or --clear.")
        }
        guard (writeBufferHigh == nil) == (writeBufferLow == nil) else {
            throw ValidationError("--write-buffer-high and --write-buffer-low are given together.")
        }
        if let low = writeBufferLow, let high = writeBufferHigh, low < 1 || low > high {
            throw ValidationError("--write-buffer-low is from 1 to --write-buffer-high.")
        }
        if let queueStrategy, !["discard", "discard-oldest"].contains(queueStrategy) {
            throw ValidationError("--queue-strategy is discard or discard-oldest.")
        }
        if let size = inflightQueueSize, !(1...65_535).contains(size) {
            throw ValidationError("--inflight-queue-size is from 1 to 65535.")
        }
        for (name, value) in given where value.integer ?? 0 < 0 { throw ValidationError("\(name) is not negative.") }
    }

    func perform(_ broker: Broker, _ output: Output) throws(ToolError) {
        let client = JSONValue.string(id)
        var restrictions: [String: JSONValue] = [:]
        if !clear {
            // The operation replaces everything, so what is to stay is sent again.
            let before = try broker.value(.execute("skep:type=Sessions", "client", [client]))
            restrictions = before["restrictions"]?.object ?? [:]
        }
        restrictions.merge(given) { $1 }
        _ = try broker.value(.execute("skep:type=Sessions", "setRestrictions", [client, .object(restrictions)]))
        if output.isJSON { return try output.json(.object(restrictions)) }
        let list = restrictions.sorted { $0.key < $1.key }.map { "\($0.key) \(Bean.text($0.value))" }
        try output.line(
            list.isEmpty
                ? "\(Printable.text(id)) has no limits of its own now."
                : Printable.text("Limits of \(id) alone: \(list.joined(separator: ", "))."))
    }
}
