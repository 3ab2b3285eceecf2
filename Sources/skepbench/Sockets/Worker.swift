import CEpoll
import Glibc
import Synchronization

/// What a thread runs; a C function cannot be generic.
private protocol Runnable: AnyObject, Sendable {
    func run()
}

/// Which threads go before which, so far as the system lets us: without a privilege nothing goes before the broker, and
/// reports say how late the generator was.
enum ThreadPriority: Sendable {
    /// Takes latencies: before all others at once when it wakes. It may only do a little at a time.
    case measuring
    case normal
    /// Moves bulk load: behind the broker and what measures; the number is its niceness.
    case bulk(niceness: Int32)

    /// Gives it to the calling thread.
    func apply() {
        switch self {
        case .normal: break
        case .bulk(let niceness): Self.setNiceness(niceness)
        case .measuring:
            var parameter = sched_param()
            parameter.sched_priority = 1
            // Safe: the structure is this function's own. 0 means this thread.
            if unsafe sched_setscheduler(0, SCHED_RR, &parameter) != 0 { Self.setNiceness(-10) }
        }
    }

    private static func setNiceness(_ niceness: Int32) {
        // 0 means this thread on Linux.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
    }
}

/// A thread of its own that computes one value.
///
/// Latencies are taken in one thread and bulk load is moved in another, so that the generator's own work is not in the
/// latencies; on a machine with few cores their priorities see to it too.
final class Worker<Value: Sendable>: Sendable {
    private final class Job: Runnable {
        let priority: ThreadPriority
        let body: @Sendable () throws(BenchError) -> Value
        let result = Mutex<Result<Value, BenchError>?>(nil)

        init(_ priority: ThreadPriority, _ body: @escaping @Sendable () throws(BenchError) -> Value) {
            self.priority = priority
            self.body = body
        }

        func run() {
            priority.apply()
            // Without it only the generator is less exact, and reports say how late it was.
            _ = skepbench_precise_timers()
            let value: Result<Value, BenchError>
            do throws(BenchError) { value = .success(try body()) } catch { value = .failure(error) }
            result.withLock { $0 = value }
        }
    }

    private let job: Job
    /// nil when it was joined.
    private let thread: Mutex<pthread_t?>

    /// Starts the thread.
    init(_ priority: ThreadPriority, _ body: @escaping @Sendable () throws(BenchError) -> Value) throws(BenchError) {
        job = Job(priority, body)
        var thread = pthread_t()
        // Safe: the job is retained here and released by the thread; it is Sendable.
        let argument = unsafe Unmanaged.passRetained(job as AnyObject).toOpaque()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                if let argument = unsafe argument {
                    let object = unsafe Unmanaged<AnyObject>.fromOpaque(argument).takeRetainedValue()
                    (object as? any Runnable)?.run()
                }
                return nil
            }, argument)
        guard status == 0 else {
            unsafe Unmanaged<AnyObject>.fromOpaque(argument).release()
            throw .system("pthread_create", status)
        }
        self.thread = Mutex(thread)
    }

    /// Waits for the thread's end.
    func join() throws(BenchError) -> Value {
        // A thread can be joined once.
        if let thread = thread.withLock({ $0.take() }) { _ = pthread_join(thread, nil) }
        guard let result = job.result.withLock({ $0 }) else { throw BenchError(.system, "A thread ended early") }
        return try result.get()
    }
}
