import Testing

@testable import SkepBroker

@Suite("When something is to be run")
struct CronTests {
    /// 2026-11-22 10:20:30 UTC, a Sunday.
    private let now: Int64 = 1_795_342_830

    @Test(
        "The next moment is the first that all fields allow",
        arguments: [
            ("0 0/1 * * * ?", 30), ("* * * * * ?", 1), ("31 20 10 * * ?", 1), ("30 20 10 * * ?", 86_400),
            ("0 0 12 ? * MON", 92_370), ("0 0 0 1 1 ? 2027", 3_418_770), ("0 30 10-12/2 ? * SUN-TUE", 570),
            ("0/20,5 * * * * ?", 10), ("0 0 0 29 2 ? *", 40_052_370),
        ] as [(String, Int64)])
    func next(text: String, seconds: Int64) throws {
        #expect(try CronExpression(text).next(after: now) == now + seconds)
    }

    @Test("A moment that never comes is none")
    func never() throws {
        #expect(try CronExpression("0 0 0 30 2 ?").next(after: now) == nil)
        #expect(try CronExpression("0 0 0 1 1 ? 2020").next(after: now) == nil)
        #expect(try CronExpression("* * * * * ?").next(after: .max) == nil)
    }

    @Test(
        "What means nothing is refused",
        arguments: [
            "", "* * * * *", "60 * * * * ?", "a * * * * ?", "1-0 * * * * ?", "*/0 * * * * ?", "1,,2 * * * * ?",
            "* * * * * L",
        ])
    func faults(text: String) {
        #expect(throws: CronExpression.Fault.self) { try CronExpression(text) }
    }
}
