package import MQTTWire

/// The topics that have a retained message, for answering a subscription.
///
/// Each topic has a number under which the caller keeps the message. Topics stand in a tree of levels whose children
/// can be listed, since a filter's wildcard has to visit them.
package struct RetainedIndex {
    private struct Node {
        var parent: Int32
        var level: Int32
        var firstChild: Int32 = -1
        var nextSibling: Int32 = -1
        var previousSibling: Int32 = -1
        /// Number of the topic that ends here, -1 for none.
        var topic: Int32 = -1
    }

    private var topics: ByteStrings
    private var levels: ByteStrings
    private var nodes: ContiguousArray<Node> = [Node(parent: -1, level: -1)]
    private var nodeOfTopic: ContiguousArray<Int32> = []
    private var children = HashSlots()
    private var firstFree: Int32 = -1

    /// - Parameter seed: secret of the process; peers choose the topics.
    package init(seed: UInt64) {
        topics = ByteStrings(seed: seed)
        levels = ByteStrings(seed: seed)
    }

    /// Topics with a retained message.
    package var count: Int { topics.count }

    /// The number of a topic that has a message.
    package func find(_ topic: ByteView) -> Int32? { topics.find(topic) }

    /// The number for a topic, new or old.
    package mutating func insert(_ topic: ByteView) -> Int32 {
        if let number = topics.find(topic) { return number }
        let number = topics.insert(topic)
        var node: Int32 = 0
        var start = 0
        while start <= topic.count {
            var end = start
            while end < topic.count, topic[end] != UInt8(ascii: "/") { end += 1 }
            node = child(of: node, level: topic.slice(start, end))
            start = end + 1
        }
        nodes[Int(node)].topic = number
        while nodeOfTopic.count < topics.capacity { nodeOfTopic.append(-1) }
        nodeOfTopic[Int(number)] = node
        return number
    }

    /// Removes a topic by its number.
    package mutating func remove(_ number: Int32) {
        var node = nodeOfTopic[Int(number)]
        nodes[Int(node)].topic = -1
        topics.release(number)
        while node != 0, nodes[Int(node)].topic < 0, nodes[Int(node)].firstChild < 0 {
            let parent = nodes[Int(node)].parent
            unlink(node)
            node = parent
        }
    }

    /// Calls `visit` with the number of every topic that matches a valid filter, until it returns false or `maximumSteps`
    /// nodes were looked at.
    ///
    /// - Returns: whether all were visited.
    @discardableResult
    package func match(_ filter: ByteView, maximumSteps: Int, _ visit: (Int32) -> Bool) -> Bool {
        guard TopicSyntax.hasWildcard(filter) else {
            if let number = topics.find(filter) { return visit(number) }
            return true
        }
        var parts: [(start: Int, end: Int)] = []
        var start = 0
        while start <= filter.count {
            var end = start
            while end < filter.count, filter[end] != UInt8(ascii: "/") { end += 1 }
            parts.append((start, end))
            start = end + 1
        }
        // (node, depth): the node matched all parts before `depth`; depth -1 stands for "everything below".
        var stack: [(node: Int32, depth: Int)] = [(0, 0)]
        var steps = 0
        while let (node, depth) = stack.popLast() {
            steps += 1
            if steps > maximumSteps { return false }
            if depth < 0 || depth == parts.count {
                let topic = nodes[Int(node)].topic
                if topic >= 0, !visit(topic) { return false }
                if depth < 0 { pushChildren(of: node, depth: -1, skipSystem: false, onto: &stack) }
                continue
            }
            let part = filter.slice(parts[depth].start, parts[depth].end)
            if part.count == 1, part[0] == UInt8(ascii: "#") {
                let topic = nodes[Int(node)].topic  // `sport/#` matches `sport`
                if topic >= 0, !visit(topic) { return false }
                pushChildren(of: node, depth: -1, skipSystem: depth == 0, onto: &stack)
            } else if part.count == 1, part[0] == UInt8(ascii: "+") {
                pushChildren(of: node, depth: depth + 1, skipSystem: depth == 0, onto: &stack)
            } else if let level = levels.find(part), let child = find(node, level) {
                stack.append((child, depth + 1))
            }
        }
        return true
    }

    /// - Parameter skipSystem: leave out topics that begin with `$` [MQTT-4.7.2-1].
    private func pushChildren(
        of node: Int32, depth: Int, skipSystem: Bool, onto stack: inout [(node: Int32, depth: Int)]
    ) {
        var child = nodes[Int(node)].firstChild
        while child >= 0 {
            let isSystem =
                skipSystem
                && levels.withBytes(nodes[Int(child)].level) { $0.count > 0 && $0[0] == UInt8(ascii: "$") }
            if !isSystem { stack.append((child, depth)) }
            child = nodes[Int(child)].nextSibling
        }
    }

    private static func childHash(_ parent: Int32, _ level: Int32) -> UInt32 {
        let key = UInt64(UInt32(bitPattern: parent)) << 32 | UInt64(UInt32(bitPattern: level))
        return UInt32(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 29)
    }

    private func find(_ parent: Int32, _ level: Int32) -> Int32? {
        children.find(Self.childHash(parent, level)) {
            nodes[Int($0)].parent == parent && nodes[Int($0)].level == level
        }
    }

    private mutating func child(of parent: Int32, level: ByteView) -> Int32 {
        if let number = levels.find(level), let node = find(parent, number) { return node }
        let number = levels.insert(level)
        var node = Node(parent: parent, level: number)
        let index: Int32
        let sibling = nodes[Int(parent)].firstChild
        node.nextSibling = sibling
        if firstFree >= 0 {
            index = firstFree
            firstFree = nodes[Int(index)].nextSibling
            nodes[Int(index)] = node
        } else {
            index = Int32(nodes.count)
            nodes.append(node)
        }
        if sibling >= 0 { nodes[Int(sibling)].previousSibling = index }
        nodes[Int(parent)].firstChild = index
        children.insert(Self.childHash(parent, number), index: index)
        return index
    }

    private mutating func unlink(_ index: Int32) {
        let node = nodes[Int(index)]
        if node.previousSibling >= 0 {
            nodes[Int(node.previousSibling)].nextSibling = node.nextSibling
        } else {
            nodes[Int(node.parent)].firstChild = node.nextSibling
        }
        if node.nextSibling >= 0 { nodes[Int(node.nextSibling)].previousSibling = node.previousSibling }
        children.remove(Self.childHash(node.parent, node.level), index: index)
        levels.release(node.level)
        nodes[Int(index)] = Node(parent: -1, level: -1, nextSibling: firstFree)
        firstFree = index
    }
}
