import CSQLite
import RandomKit

/// A layer below SQLite (a VFS) that keeps files in memory and knows what of them was synced: it can fail as disks do, and
/// lose its power. Used by one thread.
///
/// Safe: SQLite calls it within calls of the test only, with pointers that hold for the call, to as many bytes as it
/// says. What was registered is taken back in `deinit`, after all databases on it are closed; until then this object
/// keeps both structures at their places. An open file holds a reference to its ``File``, which `close` gives back.
@safe final class SimulatedDisk {
    /// What the disk does wrong.
    enum Fault: CaseIterable {
        /// It has no room; for every write until it is mended.
        case full
        /// It takes half of a write.
        case shortWrite
        /// A sync fails once, and what it should have made safe is never written: as Linux has it.
        case sync
        /// Nothing works any more.
        case dead
    }

    /// A change that is not safe yet.
    enum Change {
        case write(Int, [UInt8])
        case truncate(Int)

        func apply(to bytes: inout [UInt8]) {
            switch self {
            case .write(let offset, let new):
                if bytes.count < offset + new.count {
                    bytes += [UInt8](repeating: 0, count: offset + new.count - bytes.count)
                }
                // Safe: the range was just made to be there.
                unsafe bytes.withUnsafeMutableBytes { bytes in
                    unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + new.count]).copyBytes(
                        from: new)
                }
            case .truncate(let size): if bytes.count > size { bytes.removeSubrange(size...) }
            }
        }
    }

    /// One file.
    final class File {
        unowned let disk: SimulatedDisk
        var content: [UInt8] = []
        var safe: [UInt8] = []
        var pending: [Change] = []

        init(_ disk: SimulatedDisk) { self.disk = disk }

        func change(_ change: Change) {
            change.apply(to: &content)
            pending.append(change)
        }
    }

    /// Results that SQLite's header says in a way that Swift cannot read.
    private enum Code {
        static let read = SQLITE_IOERR | 1 << 8
        static let shortRead = SQLITE_IOERR | 2 << 8
        static let write = SQLITE_IOERR | 3 << 8
        static let fsync = SQLITE_IOERR | 4 << 8
        static let truncate = SQLITE_IOERR | 6 << 8
        static let delete = SQLITE_IOERR | 10 << 8
        static let access = SQLITE_IOERR | 13 << 8
    }

    /// What SQLite has of an open file.
    @unsafe struct Handle {
        var base: sqlite3_file
        var file: Unmanaged<File>?
    }

    let name: String
    private(set) var files: [String: File] = [:]
    /// Operations until the fault; nil for a disk that is well.
    private(set) var countdown: Int?
    private var fault = Fault.dead
    /// How often the fault was met.
    private(set) var faults = 0
    private let vfs: UnsafeMutablePointer<sqlite3_vfs>
    private let methods: UnsafeMutablePointer<sqlite3_io_methods>
    private let nameBytes: UnsafeMutablePointer<CChar>

    init() {
        var generator = SystemRandomNumberGenerator()
        name = "simulated-\(generator.next())"
        unsafe vfs = .allocate(capacity: 1)
        unsafe methods = .allocate(capacity: 1)
        let text = name.utf8CString
        unsafe nameBytes = .allocate(capacity: text.count)
        for index in text.indices { unsafe (nameBytes + index).initialize(to: text[index]) }
        unsafe methods.initialize(to: Self.fileMethods())
        unsafe vfs.initialize(to: Self.diskMethods())
        unsafe vfs.pointee.zName = UnsafePointer(nameBytes)
        unsafe vfs.pointee.pAppData = Unmanaged.passUnretained(self).toOpaque()
        _ = unsafe sqlite3_vfs_register(vfs, 0)
    }

    deinit {
        _ = unsafe sqlite3_vfs_unregister(vfs)
        unsafe vfs.deallocate()
        unsafe methods.deallocate()
        unsafe nameBytes.deallocate()
    }

    // MARK: What tests do with it

    /// The next operation but `count` meets a fault.
    func breaks(_ fault: Fault, after count: Int) {
        self.fault = fault
        countdown = count
    }

    /// All is well again.
    func mend() { countdown = nil }

    /// What was synced stays; of the rest each write stays, is lost or stays in part.
    func losePower(_ random: inout SeededGenerator) {
        mend()
        let share = random.below(101)
        for name in files.keys.sorted() {
            guard let file = files[name] else { continue }
            for change in file.pending where random.chance(share) {
                if case .write(let offset, let bytes) = change, random.chance(10) {
                    Change.write(offset, Array(bytes.prefix(random.below(bytes.count)))).apply(to: &file.safe)
                } else {
                    change.apply(to: &file.safe)
                }
            }
            file.content = file.safe
            file.pending = []
        }
    }

    // MARK: What SQLite does with it

    /// Whether this operation meets one of these faults.
    fileprivate func meets(_ kinds: Set<Fault>) -> Bool {
        guard let countdown else { return false }
        guard kinds.contains(fault) else { return false }
        if countdown > 0 {
            self.countdown = countdown - 1
            return false
        }
        faults += 1
        if fault == .sync || fault == .shortWrite { mend() }
        return true
    }

    fileprivate func open(_ name: String?, _ handle: UnsafeMutablePointer<Handle>) {
        let file = name.flatMap { files[$0] } ?? File(self)
        if let name { files[name] = file }
        unsafe handle.pointee.file = Unmanaged.passRetained(file)
        unsafe handle.pointee.base.pMethods = UnsafePointer(methods)
    }

    fileprivate func delete(_ name: String) { files[name] = nil }

    private static func of(_ vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> SimulatedDisk? {
        guard let context = unsafe vfs?.pointee.pAppData else { return nil }
        return unsafe Unmanaged<SimulatedDisk>.fromOpaque(context).takeUnretainedValue()
    }

    private static func handle(_ file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<Handle>? {
        unsafe UnsafeMutableRawPointer(file)?.assumingMemoryBound(to: Handle.self)
    }

    private static func file(_ pointer: UnsafeMutablePointer<sqlite3_file>?) -> File? {
        unsafe handle(pointer)?.pointee.file?.takeUnretainedValue()
    }

    private static func diskMethods() -> sqlite3_vfs {
        var vfs = unsafe sqlite3_vfs()
        unsafe vfs.iVersion = 1
        unsafe vfs.szOsFile = Int32(MemoryLayout<Handle>.size)
        unsafe vfs.mxPathname = 512
        unsafe vfs.xOpen = { vfs, name, file, flags, outFlags in
            guard let disk = unsafe SimulatedDisk.of(vfs), let handle = unsafe SimulatedDisk.handle(file) else {
                return SQLITE_CANTOPEN
            }
            unsafe disk.open(name.map { unsafe String(cString: $0) }, handle)
            unsafe outFlags?.pointee = flags
            return SQLITE_OK
        }
        unsafe vfs.xDelete = { vfs, name, _ in
            guard let disk = unsafe SimulatedDisk.of(vfs), let name = unsafe name else { return Code.delete }
            if disk.meets([.dead]) { return Code.delete }
            unsafe disk.delete(String(cString: name))
            return SQLITE_OK
        }
        unsafe vfs.xAccess = { vfs, name, _, result in
            guard let disk = unsafe SimulatedDisk.of(vfs), let name = unsafe name else { return Code.access }
            unsafe result?.pointee = disk.files[String(cString: name)] == nil ? 0 : 1
            return SQLITE_OK
        }
        unsafe vfs.xFullPathname = { _, name, count, out in
            unsafe SimulatedDisk.copyPath(name, out, count)
        }
        unsafe vfs.xRandomness = { _, count, out in
            for index in 0..<Int(count) { unsafe out?[index] = CChar(truncatingIfNeeded: index &* 31 &+ 7) }
            return count
        }
        unsafe vfs.xSleep = { _, microseconds in microseconds }
        unsafe vfs.xCurrentTime = { _, out in
            unsafe out?.pointee = 2_460_000
            return SQLITE_OK
        }
        unsafe vfs.xGetLastError = { _, _, _ in 0 }
        return unsafe vfs
    }

    /// Copies a path with its zero byte.
    private static func copyPath(
        _ name: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<CChar>?, _ count: Int32
    ) -> Int32 {
        guard let name = unsafe name, let out = unsafe out else { return SQLITE_CANTOPEN }
        var index = 0
        while index < Int(count) {
            unsafe out[index] = name[index]
            if unsafe name[index] == 0 { return SQLITE_OK }
            index += 1
        }
        return SQLITE_CANTOPEN
    }

    private static func fileMethods() -> sqlite3_io_methods {
        var methods = sqlite3_io_methods()
        methods.iVersion = 1
        unsafe methods.xClose = { pointer in
            guard let handle = unsafe SimulatedDisk.handle(pointer) else { return SQLITE_OK }
            unsafe handle.pointee.file?.release()
            unsafe handle.pointee.file = nil
            return SQLITE_OK
        }
        unsafe methods.xRead = { pointer, out, count, offset in
            guard let file = unsafe SimulatedDisk.file(pointer), let out = unsafe out else { return Code.read }
            if file.disk.meets([.dead]) { return Code.read }
            let found = max(0, min(Int(count), file.content.count - Int(offset)))
            let bytes = unsafe UnsafeMutableRawBufferPointer(start: out, count: Int(count))
            unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
            if found > 0 { unsafe bytes.copyBytes(from: file.content[Int(offset)..<Int(offset) + found]) }
            return found == Int(count) ? SQLITE_OK : Code.shortRead
        }
        unsafe methods.xWrite = { pointer, input, count, offset in
            guard let file = unsafe SimulatedDisk.file(pointer), let input = unsafe input else { return Code.write }
            if file.disk.meets([.dead]) { return Code.write }
            if file.disk.meets([.full]) { return SQLITE_FULL }
            let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: input, count: Int(count)))
            if file.disk.meets([.shortWrite]) {
                file.change(.write(Int(offset), Array(bytes.prefix(bytes.count / 2))))
                return Code.write
            }
            file.change(.write(Int(offset), bytes))
            return SQLITE_OK
        }
        unsafe methods.xTruncate = { pointer, size in
            guard let file = unsafe SimulatedDisk.file(pointer) else { return Code.truncate }
            if file.disk.meets([.dead]) { return Code.truncate }
            file.change(.truncate(Int(size)))
            return SQLITE_OK
        }
        unsafe methods.xSync = { pointer, _ in
            guard let file = unsafe SimulatedDisk.file(pointer) else { return Code.fsync }
            if file.disk.meets([.dead]) { return Code.fsync }
            let fails = file.disk.meets([.sync])
            if !fails { for change in file.pending { change.apply(to: &file.safe) } }
            file.pending = []
            return fails ? Code.fsync : SQLITE_OK
        }
        unsafe methods.xFileSize = { pointer, out in
            unsafe out?.pointee = Int64(SimulatedDisk.file(pointer)?.content.count ?? 0)
            return SQLITE_OK
        }
        unsafe methods.xLock = { _, _ in SQLITE_OK }
        unsafe methods.xUnlock = { _, _ in SQLITE_OK }
        unsafe methods.xCheckReservedLock = { _, out in
            unsafe out?.pointee = 0
            return SQLITE_OK
        }
        unsafe methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
        unsafe methods.xSectorSize = { _ in 4096 }
        // As SQLite takes it for granted on Linux: a write leaves the bytes beside it alone, whatever happens.
        unsafe methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
        return methods
    }
}
