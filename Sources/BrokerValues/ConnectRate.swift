/// How many CONNECT packets a listener takes in: HiveMQ's `connect-overload-protection`.
package struct ConnectRate: Sendable, Hashable {
    /// CONNECT packets a second over a sustained time; above 0.
    package var perSecond: Double
    /// CONNECT packets that may come in one moment; at least 1.
    package var burst: Int

    /// - Parameter burst: nil for twice the rate, the fraction cut off (HiveMQ's default), but at least 1.
    package init(perSecond: Double, burst: Int? = nil) {
        self.perSecond = perSecond
        self.burst = burst ?? max(1, Int(perSecond * 2))
    }
}
