import Introspection
import RandomKit
import Testing

@Suite("Object names")
struct ObjectNameTests {
    @Test(
        "A name or pattern is read, and its text is as it was written",
        arguments: [
            "skep:type=Broker", "skep:type=Listener,name=a", ":a=b", "a.b-c:d=", #"a:b="c,d=e:f""#,
            #"a:b="\"\\\*\?\n""#,
            "*:*", "skep:*", "*:type=a,*", "a:*,b=c", "a?b*:c=d*", #"a:b="*",c=?"#, "metrics:name=com.hivemq.a",
        ])
    func reads(text: String) throws {
        let name = try #require(ObjectName(text))
        // A star among the properties is written behind them.
        let isMoved = text == "a:*,b=c"
        #expect(name.text == (isMoved ? "a:b=c,*" : text))
        #expect(ObjectName(name.canonical) == name)
    }

    @Test(
        "What is neither a name nor a pattern is refused",
        arguments: [
            "", "a", ":", "a:", "a:b", "a:=b", "a:b=c,", "a:,b=c", "a:b=c,,d=e", "a:b=c,b=d", "a:b=c=d", "a:b=c:d",
            "a:b=\"c", "a:b=\"c\"d", "a:b=c\"d", "a:b=\"\\x\"", "a:b*=c", "a:b?=c", "a:*,*", "a:**", "a\nb:c=d",
            "a:b\n=c",
            "a:b=c\nd", "a:b=\"c\nd\"", "a:b=\"\\",
        ])
    func refuses(text: String) {
        #expect(ObjectName(text) == nil)
    }

    @Test("The order of properties makes no difference, except in the text")
    func order() throws {
        let one = try #require(ObjectName("d:b=1,a=2"))
        let other = try #require(ObjectName("d:a=2,b=1"))
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one.text == "d:b=1,a=2")
        #expect(one.canonical == "d:a=2,b=1")
        #expect(one.propertyList == "b=1,a=2")
        #expect(one.canonicalPropertyList == "a=2,b=1")
        #expect(one["a"] == "2")
        #expect(one["c"] == nil)
        #expect(one != ObjectName("d:a=2"))
    }

    @Test("Values that could not stand in a name are quoted, and no pattern comes of them")
    func quotes() throws {
        for value in ["", "a,b", "a=b", "a:b", "a\"b", "a*b", "a?b", "a\nb", "a*\\b"] {
            let name = ObjectName("d", ["k": value])
            #expect(!name.isPattern, "\(value)")
            #expect(ObjectName(name.text) == name, "\(value)")
            #expect(name["k"]?.first == "\"", "\(value)")
        }
        #expect(ObjectName("d", ["k": "a b.c-d"]).text == "d:k=a b.c-d")
        #expect(ObjectName.quotedIfNeeded("a*\"\\\n") == #""a\*\"\\\n""#)
    }

    @Test(
        "A pattern matches names as Java's does",
        arguments: [
            ("*:*", "a:b=c", true), ("a:*", "a:b=c", true), ("b:*", "a:b=c", false), ("a:b=c", "a:b=c", true),
            ("a:b=c", "a:b=c,d=e", false), ("a:b=c,*", "a:b=c,d=e", true), ("a:*,b=c", "a:d=e,b=c", true),
            ("a:b=c,*", "a:b=c", true), ("a:b=*", "a:b=c", true), ("a:b=*", "a:b=c,d=e", false),
            ("a:x=*", "a:b=c", false),
            ("a:b=?", "a:b=c", true), ("a:b=?", "a:b=cc", false), ("a*:b=c", "abc:b=c", true),
            ("a?:b=c", "abc:b=c", false),
            ("a:d=e,b=c", "a:b=c,d=e", true), (#"a:b="*""#, #"a:b="c,d""#, true), (#"a:b="\*""#, #"a:b="\*""#, true),
            (#"a:b="\*""#, #"a:b="xx""#, false), ("a:b=*", #"a:b="c,d""#, true),
        ])
    func matches(pattern: String, name: String, isMatch: Bool) throws {
        let pattern = try #require(ObjectName(pattern))
        #expect(pattern.matches(try #require(ObjectName(name))) == isMatch)
    }

    @Test(
        "Only what can match more than one name is a pattern",
        arguments: [
            ("a:b=c", false), ("a:*", true), ("a:b=c,*", true), ("a*:b=c", true), ("a?:b=c", true), ("a:b=c*", true),
            (#"a:b="c*""#, true), (#"a:b="c\*""#, false), (#"a:b="c\\*""#, true), (#"a:b="\\\?""#, false),
        ])
    func patterns(text: String, isPattern: Bool) throws {
        #expect(try #require(ObjectName(text)).isPattern == isPattern)
    }

    @Test("Random texts are refused or read back the same", arguments: Seeds.all)
    func randomTexts(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = ["a", "b", ":", "=", ",", "\"", "\\", "*", "?", "\n", "é", "\r\n"]
        var count = 0
        for _ in 0..<5000 {
            let text = "d:a=" + (0..<random.below(8)).compactMap { _ in random.pick(letters) }.joined()
            guard let name = ObjectName(text) else { continue }
            count += 1
            #expect(ObjectName(name.text) == name, "seed \(seed): \(text)")
            #expect(name.matches(name), "seed \(seed): \(text)")
        }
        #expect(count > 0)
    }
}
