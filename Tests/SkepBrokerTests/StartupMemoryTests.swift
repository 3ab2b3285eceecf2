import Testing

@testable import SkepBroker

struct StartupMemoryTests {
    @Test("Only program text from files is given back")
    func lines() throws {
        let text = try #require(
            StartupMemory.programText("55d0c8a00000-55d0c8a21000 r-xp 00002000 fe:00 1234   /usr/sbin/skep\n"))
        #expect(text.start == 0x55d0_c8a0_0000)
        #expect(text.count == 0x21000)
        for other in [
            "55d0c8a00000-55d0c8a21000 r--p 00002000 fe:00 1234   /usr/sbin/skep\n",
            "55d0c8a00000-55d0c8a21000 rw-p 00002000 fe:00 1234   /usr/sbin/skep\n",
            "7ffd1b5fe000-7ffd1b600000 r-xp 00000000 00:00 0      [vdso]\n",
            "7f0000000000-7f0000001000 r-xp 00000000 00:00 0 \n", "x-y r-xp 0 0 0 /a\n", "2-1 r-xp 0 0 0 /a\n", "",
        ] {
            #expect(StartupMemory.programText(other) == nil)
        }
    }
}
