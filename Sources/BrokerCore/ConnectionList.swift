/// The connections of a shard, in no order: to put one in or take it out costs the same however many there are, and no
/// hash.
struct ConnectionList {
    private(set) var all: ContiguousArray<Connection> = []

    var count: Int { all.count }

    /// Puts a connection in that stands in no list.
    mutating func insert(_ connection: Connection) {
        connection.placeInList = all.count
        all.append(connection)
    }

    /// Takes a connection out. Returns false if it is not there any more.
    mutating func remove(_ connection: Connection) -> Bool {
        guard connection.placeInList >= 0 else { return false }
        let last = all.removeLast()
        if last !== connection {
            all[connection.placeInList] = last
            last.placeInList = connection.placeInList
        }
        connection.placeInList = -1
        return true
    }
}
