import SkepBroker
import SkepControl

// One file is both programs: what they are linked with is most of it, and would stand on the disk twice.
let name = CommandLine.arguments.first?.split(separator: "/").last
if name == "skepctl" {
    OperatorTool.main()
} else {
    await Skep.main()
}
