import BrokerCore
import BrokerTransport
import Introspection
import NIOCore

/// Publishes `$SYS` through the first shard, which routes to all others.
struct ShardSystemPublisher: SystemPublisher {
    let runner: ShardRunner

    func publish(_ values: [SystemTopicMessage]) {
        runner.eventLoop.execute {
            for value in values {
                runner.shard.publishOwn(
                    topic: value.topic, payload: Array(value.text.utf8), now: ShardRunner.now())
            }
        }
    }
}
