import SkepBroker

/// The whole program: everything that `skep` can do, with one plugin more.
@main
enum FleetBroker {
    static func main() async {
        await Skep.main(plugins: [FleetPlugin()])
    }
}
