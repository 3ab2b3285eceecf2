/// Rows of the tables, counted as they come and go.
package struct StorageRows: Sendable, Equatable {
    package var messages = 0
    package var sessions = 0
    package var subscriptions = 0
    package var wills = 0
    package var attributes = 0
    package var retained = 0

    /// Bytes of a page of the file, and of a frame of its log.
    static let pageSize = 4096

    /// No rows.
    package init() {}
}
