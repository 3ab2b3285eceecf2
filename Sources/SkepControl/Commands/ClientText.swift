import Introspection

/// A client as the broker describes it, as text.
enum ClientText {
    /// The columns of a list of clients.
    static let columns: [Table.Column] = [
        .init("CLIENT", least: 24), .init("STATE"), .init("ADDRESS", least: 15, leaves: 6),
        .init("USER", least: 4, leaves: 1), .init("MQTT", leaves: 2), .init("SINCE", leaves: 5),
        .init("QUEUED", isRight: true), .init("INFLIGHT", isRight: true, leaves: 3),
        .init("SUBS", isRight: true, leaves: 4), .init("IN", isRight: true), .init("OUT", isRight: true),
    ]

    /// A row of that list.
    static func row(_ client: JSONValue) -> [String] {
        let bean = Bean(client)
        let connection = Bean(client["connection"])
        let since = connection.number("connectedSeconds") ?? bean.number("disconnectedSeconds")
        let pause = connection.value["pausedBy"]?.string
        return [
            bean.text("id"), bean.text("state") + (pause.map { ", \($0)" } ?? ""), connection.text("address"),
            connection.text("user"), connection.text("protocol"), since.map(Human.duration) ?? Bean.nothing,
            bean.count("queuedMessages"), bean.count("inflight"), bean.count("subscriptions"),
            connection.count("receivedPublishes"), connection.count("sentPublishes"),
        ]
    }

    /// Everything about one client.
    static func fields(_ client: JSONValue, _ style: Style) -> Fields {
        let bean = Bean(client)
        var fields = Fields()
        let isOnline = bean.text("state") == "online"
        fields.add("Client", bean.text("id"))
        fields.add("State", state(bean)) { isOnline ? style.green($0) : style.yellow($0) }
        fields.add("Event loop", bean.text("eventLoop"))
        fields.add("Session expires", bean.value["sessionExpiry"]?.integer.map(Human.expiry))
        fields.add("Will", bean.isTrue("hasWill") ? "yes" : "none")
        fields.add("Subscriptions", bean.count("subscriptions"))
        fields.add(
            "Queued",
            "\(bean.count("queuedMessages")) of \(bean.count("maxQueuedMessages")) (\(bean.bytes("queuedBytes"))), "
                + "full: \(bean.text("queueStrategy"))")
        fields.add("In flight", bean.count("inflight"))
        let restrictions = (client["restrictions"]?.object ?? [:]).sorted { $0.key < $1.key }
        let list = restrictions.map { "\($0.key) \(Bean.text($0.value))" }.joined(separator: ", ")
        fields.add("Restrictions", list.isEmpty ? "none of its own" : list)
        if client["connection"]?.object != nil { add(connection: Bean(client["connection"]), to: &fields, style) }
        return fields
    }

    private static func state(_ bean: Bean) -> String {
        var text = bean.text("state")
        if let seconds = bean.number("disconnectedSeconds") { text += " for \(Human.duration(seconds))" }
        if let cause = bean.value["disconnectCause"]?.string { text += ", because of \(cause)" }
        return text
    }

    private static func add(connection: Bean, to fields: inout Fields, _ style: Style) {
        fields.add("Address", "\(connection.text("address")) on listener \(connection.text("listener"))")
        fields.add("Protocol", "MQTT \(connection.text("protocol"))")
        fields.add("User", connection.value["user"]?.string)
        fields.add("Connected", "for \(connection.duration("connectedSeconds"))")
        let keepAlive = connection.number("keepAlive") ?? 0
        fields.add("Keep alive", keepAlive == 0 ? "none" : Human.duration(keepAlive))
        fields.add(
            "Received", "\(connection.count("receivedPublishes")) publishes, \(connection.bytes("receivedBytes"))")
        fields.add("Sent", "\(connection.count("sentPublishes")) publishes, \(connection.bytes("sentBytes"))")
        fields.add("Unsent", connection.bytes("unsentBytes"))
        fields.add("In flight at most", connection.count("inflightQueueSize"))
        fields.add("Credits", connection.count("credits"))
        fields.add("Paused by", connection.value["pausedBy"]?.string) { style.red($0) }
    }
}
