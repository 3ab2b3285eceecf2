package import Introspection
import MetricCatalog

/// All managed beans of a broker.
package struct BrokerBeans: BeanSource {
    private let monitor: Monitor
    private let beans: [ObjectName: ManagedBean]
    package let names: [ObjectName]

    /// - Parameters:
    ///   - monitor: has looked at least once, so that the devices of the machine are known.
    ///   - eventLoops: how many there are.
    package init(monitor: Monitor, context: BeanContext, eventLoops: Int) {
        self.monitor = monitor
        let all =
            [
                BrokerBean.make(context, monitor), ClientBeans.sessions(context), TopicBeans.subscriptions(context),
                TopicBeans.retained(context), LoggingBean.make(context.controls), StorageBean.make(context.controls),
            ] + StateBeans.all(context, eventLoops: eventLoops) + PluginBeans.all(context)
            + MetricBeans.all(families: Self.families(monitor))
        names = all.map(\.name)
        beans = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
    }

    private static func families(_ monitor: Monitor) -> [(metric: HiveMQMetric, name: String)] {
        let snapshot = monitor.snapshot()
        return HiveMQCatalog.all.filter { $0.absence == nil && $0.isFamily }.flatMap { metric in
            metric.values(using: { snapshot[$0] }).map { (metric, $0.name) }
        }
    }

    /// What a bean offers.
    package func description(of name: ObjectName) -> BeanDescription? { beans[name]?.description }

    /// The attributes of beans, all of one moment.
    package func read(_ names: [ObjectName]) async -> [[String: JSONValue]] {
        let readings = monitor.beanReadings()
        return names.map { beans[$0]?.read(readings) ?? [:] }
    }

    /// Sets an attribute and returns the value before.
    package func write(
        _ name: ObjectName, attribute: String, value: JSONValue
    ) async throws(BeanError) -> JSONValue {
        try bean(name).write(attribute, value, before: monitor.beanReadings())
    }

    /// Calls an operation.
    package func invoke(
        _ name: ObjectName, _ operation: OperationDescription, arguments: [JSONValue]
    ) async throws(BeanError) -> JSONValue {
        try await bean(name).invoke(operation, arguments)
    }

    private func bean(_ name: ObjectName) throws(BeanError) -> ManagedBean {
        guard let bean = beans[name] else { throw BeanError(.noSuchBean, "there is no bean \(name.text)") }
        return bean
    }
}
