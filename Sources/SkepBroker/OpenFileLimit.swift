import BrokerValues
import Glibc
import Logging

/// The limit of open files: every connection takes one.
enum OpenFileLimit {
    /// Raises the soft limit to the hard one and says what it is now.
    static func raise(_ logger: Logger) {
        var limit = rlimit()
        // Safe: the structure is this function's own.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return logger.log(.openFileLimit, .warning, "The limit of open files could not be read")
        }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
            limit.rlim_cur = before
            logger.log(.openFileLimit, .warning, "The limit of open files could not be raised")
        }
        logger.log(
            .openFileLimit, .info, "Up to \(limit.rlim_cur) open files",
            ["before": limit.rlim_cur == before ? "" : "\(before)"])
    }
}
