/// Publishes what the broker tells of itself below `$SYS`.
package protocol SystemPublisher: Sendable {
    /// Publishes each value under its topic: to those who subscribe now, and to each later subscriber at once, until
    /// the next value comes. Returns without waiting.
    func publish(_ values: [SystemTopicMessage])
}

/// One value under a topic of `$SYS`.
package struct SystemTopicMessage: Sendable, Hashable {
    package let topic: String
    /// The value as text.
    package let text: String

    /// A value under a topic.
    package init(topic: String, text: String) {
        self.topic = topic
        self.text = text
    }
}
