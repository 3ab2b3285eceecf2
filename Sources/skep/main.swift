import SkepBroker

await Skep.main()
