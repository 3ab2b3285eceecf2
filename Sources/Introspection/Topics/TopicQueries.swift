/// A subscription of one client.
package struct SubscriptionSnapshot: Sendable, Hashable {
    /// With `$share/NAME/` before it for a shared one.
    package let filter: String
    /// 0 to 2.
    package let qos: Int
    package let noLocal: Bool
    package let retainAsPublished: Bool
    /// 0 to 2 [MQTT5-3.8.3.1].
    package let retainHandling: Int
    /// 0 for none.
    package let identifier: UInt32

    /// A subscription.
    package init(
        filter: String, qos: Int, noLocal: Bool, retainAsPublished: Bool, retainHandling: Int, identifier: UInt32
    ) {
        self.filter = filter
        self.qos = qos
        self.noLocal = noLocal
        self.retainAsPublished = retainAsPublished
        self.retainHandling = retainHandling
        self.identifier = identifier
    }
}

/// One page of something; `next` is where the next page begins, nil if there is none.
package struct Page<Element: Sendable & Hashable>: Sendable, Hashable {
    package let elements: [Element]
    package let next: String?

    /// A page.
    package init(elements: [Element], next: String?) {
        self.elements = elements
        self.next = next
    }
}

/// Who would get a message under a topic now.
package struct TopicReceivers: Sendable, Hashable {
    /// A client that would get it, for one or more of its subscriptions.
    package struct Receiver: Sendable, Hashable {
        package let clientIdentifier: String
        /// The filter that matches; if several do, one of them.
        package let filter: String
        /// The QoS of the subscription.
        package let qos: Int
        package let isConnected: Bool

        /// A receiver.
        package init(clientIdentifier: String, filter: String, qos: Int, isConnected: Bool) {
            self.clientIdentifier = clientIdentifier
            self.filter = filter
            self.qos = qos
            self.isConnected = isConnected
        }
    }

    /// A shared group, one of whose members would get it.
    package struct Group: Sendable, Hashable {
        /// With `$share/NAME/` before it.
        package let filter: String
        package let members: Int

        /// A group.
        package init(filter: String, members: Int) {
            self.filter = filter
            self.members = members
        }
    }

    /// At most as many as were asked for.
    package var receivers: [Receiver] = []
    package var groups: [Group] = []
    /// The filters that match, each with how many clients have it, shared ones not counted.
    package var filters: [String: Int] = [:]
    /// Clients that would get it, groups not counted.
    package var total = 0

    /// Nobody.
    package init() {}
}

/// A retained message.
package struct RetainedSnapshot: Sendable, Hashable {
    package let topic: String
    package let qos: Int
    /// Bytes.
    package let payloadSize: Int
    /// The beginning of the payload, ``maximumPreview`` bytes at most.
    package let preview: [UInt8]
    /// Seconds until it expires; nil if it never does.
    package let expiresIn: Int?

    /// Bytes of a preview at most.
    package static let maximumPreview = 256

    /// A retained message.
    package init(topic: String, qos: Int, payloadSize: Int, preview: [UInt8], expiresIn: Int?) {
        self.topic = topic
        self.qos = qos
        self.payloadSize = payloadSize
        self.preview = preview
        self.expiresIn = expiresIn
    }
}
