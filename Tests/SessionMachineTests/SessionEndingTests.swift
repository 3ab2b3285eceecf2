import BrokerValues
import SessionMachine
import Testing

@Suite("The end of a session and its will")
struct SessionEndingTests {
    struct Row: Sendable {
        let expiry: UInt32
        let delay: UInt32?
        /// In milliseconds; the connection ended at 500.
        let end: UInt64
        let will: UInt64?
    }

    private static let rows: [Row] = [
        Row(expiry: 0, delay: nil, end: 500, will: nil),
        Row(expiry: 0, delay: 0, end: 500, will: 500),
        Row(expiry: 0, delay: 60, end: 500, will: 500),
        Row(expiry: 0, delay: .max, end: 500, will: 500),
        Row(expiry: 10, delay: nil, end: 10_500, will: nil),
        Row(expiry: 10, delay: 0, end: 10_500, will: 500),
        Row(expiry: 10, delay: 9, end: 10_500, will: 9_500),
        Row(expiry: 10, delay: 10, end: 10_500, will: 10_500),
        Row(expiry: 10, delay: 11, end: 10_500, will: 10_500),
        Row(expiry: .max, delay: nil, end: .max, will: nil),
        Row(expiry: .max, delay: 7, end: .max, will: 7_500),
        Row(expiry: .max, delay: .max, end: .max, will: 4_294_967_295_500),
        Row(expiry: .max - 1, delay: .max, end: 4_294_967_294_500, will: 4_294_967_294_500),
    ]

    @Test("The will is due at the end of its delay or of the session, whichever comes first", arguments: rows)
    func table(row: Row) {
        let ending = SessionEnding(now: .at(500), sessionExpiry: row.expiry, willDelay: row.delay)
        #expect(ending.sessionEnd == .at(row.end))
        #expect(ending.willDue == row.will.map { .at($0) })
        #expect(ending.next == .at(row.will ?? row.end))
    }

    @Test("A deadline beyond the clock's end never comes instead of wrapping around")
    func saturated() {
        let ending = SessionEnding(now: .at(.max - 5), sessionExpiry: 10, willDelay: 10)
        #expect(ending.sessionEnd == .never)
        #expect(ending.willDue == .never)
    }

    @Test(
        "Coming back drops a delayed will, unless the old session ends with it or there was no delay",
        arguments: [(0, false, true), (0, true, true), (1, false, false), (1, true, true), (.max, false, false)]
            as [(UInt32, Bool, Bool)])
    func back(delay: UInt32, endsSession: Bool, isPublished: Bool) {
        #expect(SessionEnding.publishesWill(onReturnWith: delay, endsSession: endsSession) == isPublished)
    }
}
