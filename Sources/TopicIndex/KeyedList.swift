/// Values found by a key of their own, in no particular order.
///
/// Nearly all such lists are short and are searched; a long one has an index, so that a peer cannot make adding and
/// removing slow by making it long. The order depends on what was done to the list only.
package struct KeyedList<Element: Identifiable> {
    private static var indexThreshold: Int { 16 }

    /// The values.
    package private(set) var elements: ContiguousArray<Element> = []
    private var positions: [Element.ID: Int32] = [:]

    /// Without values.
    package init() {}

    package var count: Int { elements.count }

    package var isEmpty: Bool { elements.isEmpty }

    /// Whether there is a value with this key.
    package func contains(_ key: Element.ID) -> Bool { position(of: key) != nil }

    /// Adds or replaces a value. Returns whether it is new.
    @discardableResult
    package mutating func set(_ element: Element) -> Bool {
        let key = element.id
        if let position = position(of: key) {
            elements[position] = element
            return false
        }
        elements.append(element)
        if !positions.isEmpty {
            positions[key] = Int32(elements.count - 1)
        } else if elements.count > Self.indexThreshold {
            for (position, entry) in elements.enumerated() { positions[entry.id] = Int32(position) }
        }
        return true
    }

    /// Removes and returns the value with this key.
    @discardableResult
    package mutating func remove(_ key: Element.ID) -> Element? {
        guard let position = position(of: key) else { return nil }
        let removed = elements[position]
        let last = elements.removeLast()
        positions[key] = nil
        if position < elements.count {
            elements[position] = last
            if !positions.isEmpty { positions[last.id] = Int32(position) }
        }
        return removed
    }

    private func position(of key: Element.ID) -> Int? {
        if !positions.isEmpty { return positions[key].map { Int($0) } }
        return elements.firstIndex { $0.id == key }
    }
}

extension KeyedList: Sendable where Element: Sendable, Element.ID: Sendable {}
