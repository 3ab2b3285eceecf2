import MQTTWire
import Testing

@Suite("Topic names and filters")
struct TopicSyntaxTests {
    private func nameFault(_ name: String, length: Int = 65_535, levels: Int = 128) -> String? {
        Array(name.utf8).withByteView { TopicSyntax.faultInName($0, maximumLength: length, maximumLevels: levels) }
    }

    private func filterFault(_ filter: String, length: Int = 65_535, levels: Int = 128) -> String? {
        Array(filter.utf8).withByteView { TopicSyntax.faultInFilter($0, maximumLength: length, maximumLevels: levels) }
    }

    @Test(
        "A topic name may be anything but empty, without wildcards",
        arguments: ["a", "/", "//", "a/b", "/a", "a/", " ", "a b/ c", "$SYS/x", "Ünï/ç", "$"])
    func goodNames(name: String) { #expect(nameFault(name) == nil) }

    @Test(
        "A topic name is not empty and holds no wildcard", arguments: ["", "+", "#", "a/+", "a/#", "a+", "a#b", "+a/b"])
    func badNames(name: String) { #expect(nameFault(name) != nil) }

    @Test(
        "A wildcard in a filter stands alone in its level, and # in the last",
        arguments: [
            "a", "/", "#", "+", "a/#", "/#", "+/#", "+/+", "a/+/b", "/+", "+/", "a/+", "//#", "$SYS/#", "+/b/#", "ü/+",
        ])
    func goodFilters(filter: String) { #expect(filterFault(filter) == nil) }

    @Test(
        "A filter that is empty or has a wildcard out of place is refused",
        arguments: [
            "", "a#", "#a", "a/#/b", "#/", "#/a", "##", "a/b#", "+a", "a+", "a/+b", "a/b+/c", "++", "+#", "#+", "/a+/",
        ])
    func badFilters(filter: String) { #expect(filterFault(filter) != nil) }

    @Test("The limits on length and levels hold to the byte and to the level")
    func limits() {
        for fault in [nameFault, filterFault] {
            #expect(fault("ab/cd", 5, 2) == nil)
            #expect(fault("ab/cd", 4, 2) != nil)
            #expect(fault("ab/cd", 5, 1) != nil)
            #expect(fault("a/b/", 5, 3) == nil)
            #expect(fault("a/b/", 5, 2) != nil)
        }
    }

    @Test(
        "The trees of $SYS and $share are not for clients to publish to, and nothing else is reserved",
        arguments: [
            ("$SYS", true), ("$SYS/", true), ("$SYS/a/b", true), ("$share/g/t", true), ("$share:g:t", true),
            ("$SYSTEM", false), ("$sys/a", false), ("$", false), ("a/$SYS", false), ("/$SYS", false),
            ("$other/x", false),
            ("", false), ("SYS", false),
        ])
    func reserved(topic: String, isReserved: Bool) {
        #expect(Array(topic.utf8).withByteView { TopicSyntax.isReserved($0) } == isReserved)
    }

    @Test(
        "A filter with + or # anywhere has a wildcard",
        arguments: [("a/b", false), ("", false), ("+", true), ("a/#", true), ("a/+/b", true), ("$share", false)])
    func wildcards(filter: String, hasWildcard: Bool) {
        #expect(Array(filter.utf8).withByteView { TopicSyntax.hasWildcard($0) } == hasWildcard)
    }
}

@Suite("Shared filters")
struct FilterPartsTests {
    @Test(
        "A shared filter is split into group and filter",
        arguments: [
            ("$share/g/t", "g", "t"), ("$share/g/a/b/#", "g", "a/b/#"), ("$share/g//", "g", "/"),
            ("$share/g//t", "g", "/t"), ("$share/a:b/t", "a:b", "t"), ("$share:g:t", "g", "t"),
            ("$share:g:a/+", "g", "a/+"), ("$share:g::", "g", ":"), ("$share/ü/t", "ü", "t"),
            ("$share/g/$SYS/#", "g", "$SYS/#"),
        ])
    func shared(whole: String, group: String, filter: String) throws {
        try Array(whole.utf8).withByteView { view in
            let parts = try #require(FilterParts.split(view))
            #expect(parts.shareName?.text == group)
            #expect(parts.filter.text == filter)
        }
    }

    @Test(
        "A filter that does not start with the prefix is not shared",
        arguments: ["t", "", "#", "$share", "$Share/g/t", "$shared/g/t", "/$share/g/t", "$shar", "$SYS/#"])
    func plain(whole: String) throws {
        try Array(whole.utf8).withByteView { view in
            let parts = try #require(FilterParts.split(view))
            #expect(parts.shareName == nil)
            #expect(parts.filter.text == whole)
        }
    }

    @Test(
        "A shared filter without group or filter, or with a wildcard in its group, is refused",
        arguments: [
            "$share/", "$share//", "$share//t", "$share/g", "$share/g/", "$share/+/t", "$share/#/t", "$share/g+/t",
            "$share/a#b/t", "$share:", "$share::t", "$share:g", "$share:g:", "$share:+:t", "$share:a/b:t",
        ])
    func refused(whole: String) {
        let isRefused = Array(whole.utf8).withByteView { FilterParts.split($0) == nil }
        #expect(isRefused)
    }
}
