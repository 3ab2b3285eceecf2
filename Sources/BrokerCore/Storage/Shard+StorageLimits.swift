extension Shard {
    /// Bytes of a shard's changes that are not safe yet at which publishers wait for the storage.
    package static var maximumUnsafeBytes: Int { Journal.maximumBytes }
}
