/// Runs at times of its own (`ScheduledCallback`).
public protocol ScheduledPlugin: Plugin {
    /// What is to be run when. Read once at the start; see ``SchedulerService`` for what changes.
    var schedules: [Schedule] { get }
    /// Not called again for a schedule as long as a call for it has not returned; what is missed so is counted.
    func run(_ schedule: Schedule) async throws
}

/// When something is to be run.
public struct Schedule: Sendable, Hashable {
    public let name: String
    /// A cron expression in the form of Quartz, with seconds: once a minute is `0 0/1 * * * ?`.
    public let expression: String

    /// A schedule; whether the expression means something is found out at the start.
    public init(name: String, expression: String) {
        self.name = name
        self.expression = expression
    }
}
