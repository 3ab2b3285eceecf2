package import MQTTWire

/// Filters with wildcards, as a tree of their levels.
///
/// A node is 28 bytes in one array; its child for a literal level is found in one hash table for the whole tree, its
/// children for `+` and `#` stand in the node. Matching walks with a stack of its own: a topic of 65,535 levels must not
/// overflow the thread's.
package struct FilterTrie {
    private struct Node {
        var parent: Int32
        /// Number of the level's text in `levels`; -1 for `+`, -2 for `#`. In a free node, the next free one.
        var level: Int32
        var plusChild: Int32 = -1
        var hashChild: Int32 = -1
        var literalChildren: Int32 = 0
        /// How many filters end here.
        var ends: Int32 = 0
    }

    private static let plus: Int32 = -1
    private static let hash: Int32 = -2

    private var nodes: ContiguousArray<Node> = [Node(parent: -1, level: 0)]
    private var children = HashSlots()
    private var levels: ByteStrings
    private var firstFree: Int32 = -1
    /// Scratch for ``match``: kept so that a match allocates nothing.
    private var levelNumbers: ContiguousArray<Int32> = []
    private var stack: ContiguousArray<(node: Int32, depth: Int32)> = []

    /// - Parameter seed: secret of the process; peers choose the filters.
    package init(seed: UInt64) { levels = ByteStrings(seed: seed) }

    /// One more than the largest node number in use: side arrays of the owner are this long.
    package var capacity: Int { nodes.count }

    /// Whether there is no filter.
    package var isEmpty: Bool { nodes[0].literalChildren == 0 && nodes[0].plusChild < 0 && nodes[0].hashChild < 0 }

    /// Adds a valid filter and returns the node at which it ends. The same filter ends at the same node.
    package mutating func insert(_ filter: ByteView) -> Int32 {
        var node: Int32 = 0
        var start = 0
        while start <= filter.count {
            let end = Self.levelEnd(filter, from: start)
            node = insertChild(of: node, level: filter.slice(start, end))
            start = end + 1
        }
        nodes[Int(node)].ends += 1
        return node
    }

    /// Removes one filter that ends at `node`, and the nodes that nothing needs any more.
    package mutating func remove(at node: Int32) {
        nodes[Int(node)].ends -= 1
        var current = node
        while current != 0, isUnused(nodes[Int(current)]) {
            let parent = nodes[Int(current)].parent
            unlink(current, from: parent)
            nodes[Int(current)] = Node(parent: -1, level: firstFree)
            firstFree = current
            current = parent
        }
    }

    /// Calls `visit` with the node of every filter that matches `topic` [MQTT-4.7.2-1].
    @inline(__always)
    package mutating func match(_ topic: ByteView, _ visit: (Int32) -> Void) {
        if isEmpty { return }
        splitLevels(topic)
        let isSystem = topic.count > 0 && topic[0] == UInt8(ascii: "$")
        stack.removeAll(keepingCapacity: true)
        stack.append((0, 0))
        while let (nodeIndex, depth) = stack.popLast() {
            let node = nodes[Int(nodeIndex)]
            let wildcardsApply = !(isSystem && depth == 0)
            // `sport/#` matches `sport` too, so `#` is looked at also where the topic ends.
            if node.hashChild >= 0, wildcardsApply { visit(node.hashChild) }
            if Int(depth) == levelNumbers.count {
                if node.ends > 0 { visit(nodeIndex) }
                continue
            }
            if node.plusChild >= 0, wildcardsApply { stack.append((node.plusChild, depth &+ 1)) }
            let level = levelNumbers[Int(depth)]
            if level >= 0, node.literalChildren > 0, let child = literalChild(of: nodeIndex, level: level) {
                stack.append((child, depth &+ 1))
            }
        }
    }

    private mutating func splitLevels(_ topic: ByteView) {
        levelNumbers.removeAll(keepingCapacity: true)
        var start = 0
        while start <= topic.count {
            let end = Self.levelEnd(topic, from: start)
            levelNumbers.append(levels.find(topic.slice(start, end)) ?? -1)
            start = end &+ 1
        }
    }

    @inline(__always)
    private static func levelEnd(_ bytes: ByteView, from start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "/") { end &+= 1 }
        return end
    }

    @inline(__always)
    private static func childHash(_ parent: Int32, _ level: Int32) -> UInt32 {
        let key = UInt64(UInt32(bitPattern: parent)) << 32 | UInt64(UInt32(bitPattern: level))
        return UInt32(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 29)
    }

    @inline(__always)
    private func literalChild(of parent: Int32, level: Int32) -> Int32? {
        children.find(Self.childHash(parent, level)) {
            nodes[Int($0)].parent == parent && nodes[Int($0)].level == level
        }
    }

    private mutating func insertChild(of parent: Int32, level: ByteView) -> Int32 {
        if level.count == 1, level[0] == UInt8(ascii: "+") {
            if nodes[Int(parent)].plusChild < 0 {
                let node = makeNode(parent: parent, level: Self.plus)
                nodes[Int(parent)].plusChild = node
            }
            return nodes[Int(parent)].plusChild
        }
        if level.count == 1, level[0] == UInt8(ascii: "#") {
            if nodes[Int(parent)].hashChild < 0 {
                let node = makeNode(parent: parent, level: Self.hash)
                nodes[Int(parent)].hashChild = node
            }
            return nodes[Int(parent)].hashChild
        }
        if let number = levels.find(level), let child = literalChild(of: parent, level: number) { return child }
        let number = levels.insert(level)
        let node = makeNode(parent: parent, level: number)
        children.insert(Self.childHash(parent, number), index: node)
        nodes[Int(parent)].literalChildren += 1
        return node
    }

    private mutating func makeNode(parent: Int32, level: Int32) -> Int32 {
        if firstFree >= 0 {
            let node = firstFree
            firstFree = nodes[Int(node)].level
            nodes[Int(node)] = Node(parent: parent, level: level)
            return node
        }
        nodes.append(Node(parent: parent, level: level))
        return Int32(nodes.count - 1)
    }

    private func isUnused(_ node: Node) -> Bool {
        node.ends == 0 && node.literalChildren == 0 && node.plusChild < 0 && node.hashChild < 0
    }

    private mutating func unlink(_ node: Int32, from parent: Int32) {
        let level = nodes[Int(node)].level
        switch level {
        case Self.plus: nodes[Int(parent)].plusChild = -1
        case Self.hash: nodes[Int(parent)].hashChild = -1
        default:
            children.remove(Self.childHash(parent, level), index: node)
            nodes[Int(parent)].literalChildren -= 1
            levels.release(level)
        }
    }
}
