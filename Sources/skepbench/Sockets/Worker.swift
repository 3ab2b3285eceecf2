import Glibc
import Synchronization

/// What a thread runs; a C function cannot be generic.
private protocol Runnable: AnyObject, Sendable {
    func run()
}

/// A thread of its own that computes one value.
///
/// Latencies are taken in one thread and bulk load is moved in another, so that the generator's own work is not in the
/// latencies; on a machine with few cores their priorities see to it too.
struct Worker<Value: Sendable>: ~Copyable {
    private final class Job: Runnable {
        let niceness: Int32
        let body: @Sendable () throws(BenchError) -> Value
        let result = Mutex<Result<Value, BenchError>?>(nil)

        init(_ niceness: Int32, _ body: @escaping @Sendable () throws(BenchError) -> Value) {
            self.niceness = niceness
            self.body = body
        }

        func run() {
            // 0 means this thread on Linux. Going below the present niceness takes a privilege; without it the thread
            // runs as it is, and how late it was is reported.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
            let value: Result<Value, BenchError>
            do throws(BenchError) { value = .success(try body()) } catch { value = .failure(error) }
            result.withLock { $0 = value }
        }
    }

    private let job: Job
    private let thread: pthread_t

    /// Starts the thread with this niceness (-20 to 19; a greater one yields to others).
    init(niceness: Int32, _ body: @escaping @Sendable () throws(BenchError) -> Value) throws(BenchError) {
        job = Job(niceness, body)
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
        self.thread = thread
    }

    /// Waits for the thread's end.
    consuming func join() throws(BenchError) -> Value {
        // The worker is consumed, so no thread is joined twice.
        _ = pthread_join(thread, nil)
        guard let result = job.result.withLock({ $0 }) else { throw BenchError(.system, "A thread ended early") }
        return try result.get()
    }
}
