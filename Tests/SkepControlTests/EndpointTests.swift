import Testing

@testable import SkepControl

struct EndpointTests {
    @Test("Sockets are looked for in their order")
    func candidates() {
        func candidates(_ variables: [String: String]) -> [String] { Endpoint.candidates { variables[$0] } }
        #expect(candidates([:]) == ["/run/skep/introspection.sock"])
        #expect(candidates(["SKEP_SOCKET": "/a.sock", "RUNTIME_DIRECTORY": "/r"]) == ["/a.sock"])
        #expect(
            candidates(["SKEP_SOCKET": "", "RUNTIME_DIRECTORY": "/r", "XDG_RUNTIME_DIR": "/x"]) == [
                "/r/introspection.sock", "/x/skep/introspection.sock", "/run/skep/introspection.sock",
            ])
    }

    @Test("The read-only socket stands beside the other")
    func readOnly() {
        #expect(Endpoint.readOnlyVariant(of: "/r/introspection.sock") == "/r/introspection-ro.sock")
        #expect(Endpoint.readOnlyVariant(of: "/r/introspection-ro.sock") == nil)
        #expect(Endpoint.readOnlyVariant(of: "/r/other") == nil)
    }

    @Test("A URL is taken apart")
    func url() throws {
        let url = try BrokerURL("http://al%40ice:p%3Aw:x@[::1]:80/a/b")
        #expect((url.host, url.port, url.path) == ("::1", 80, "/a/b/"))
        #expect((url.user, url.password) == ("al@ice", "p:w:x"))
        #expect(url.authorization { _ in nil } == "Basic YWxAaWNlOnA6dzp4")
        #expect(Endpoint.url(url).description == "http://[::1]:80/a/b/")
        #expect(Endpoint.url(url).eventPath == "/a/events")
        let short = try BrokerURL("http://bob@host")
        #expect((short.host, short.port, short.path) == ("host", 8778, "/jolokia/"))
        #expect(short.authorization { $0 == "SKEPCTL_PASSWORD" ? "pw" : nil } == "Basic Ym9iOnB3")
        #expect(Endpoint.url(short).eventPath == "/events")
        #expect(try BrokerURL("http://host").authorization { _ in "pw" } == nil)
    }

    @Test(
        "What is no URL for a broker is refused",
        arguments: [
            "", "host", "https://host", "http://", "http://:80", "http://host:0", "http://host:65536", "http://host:x",
            "http://[::1", "http://[", "http://::1", "http://::1:80", "http://[::1]x", "http://u%4@host",
            "http://u%zz@host", "http://host/a b",
            "http://host/\r\nX: y",
            "http://ho\nst",
        ])
    func refusedURL(text: String) { #expect(throws: BrokerURL.Fault.self) { try BrokerURL(text) } }

    @Test(
        "Base64 is filled up",
        arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
    func base64(text: String, encoded: String) { #expect(Base64.text(Array(text.utf8)) == encoded) }
}

struct ReachingTests {
    /// A search among sockets that fail in these ways; those not named answer.
    private func search(
        _ paths: [String], readOnly: Bool, _ faults: [String: ReachFault]
    ) throws(ToolError) -> Reaching<String>.Found {
        try Reaching<String>.first(of: paths, readOnlySuffices: readOnly) { (path) throws(ReachFault) in
            if let fault = faults[path] { throw fault }
            return path
        }
    }

    @Test("The first socket that answers is taken")
    func first() throws {
        let found = try search(["/a.sock", "/b.sock"], readOnly: true, ["/a.sock": .missing])
        #expect(found.connection == "/b.sock")
        #expect(found.note == nil)
    }

    @Test("Behind one that is not permitted, the read-only one is taken for what only reads, and said so")
    func readOnly() throws {
        let found = try search(["/a.sock"], readOnly: true, ["/a.sock": .notPermitted])
        #expect(found.path == "/a-ro.sock")
        #expect(found.note == "/a.sock: permission denied; reading from /a-ro.sock")
    }

    @Test("What changes something is not sent to a read-only socket")
    func notPermitted() throws {
        let error = #expect(throws: ToolError.self) {
            try search(["/a.sock"], readOnly: false, ["/a.sock": .notPermitted])
        }
        #expect(error?.kind == .notPermitted)
        #expect(error?.description.contains("group skep") == true)
        #expect(error?.description.contains("/a.sock: permission denied") == true)
    }

    @Test("If nothing answers, everything that was tried is named")
    func unreachable() throws {
        let error = #expect(throws: ToolError.self) {
            try search(["/a.sock", "/b.sock"], readOnly: true, ["/a.sock": .missing, "/b.sock": .refused])
        }
        #expect(error?.kind == .unreachable)
        #expect(error?.description.hasSuffix("\n  /a.sock: no such file\n  /b.sock: nobody listens there") == true)
    }

    @Test("Not permitted weighs more than not there")
    func mixed() throws {
        let faults: [String: ReachFault] = ["/a.sock": .notPermitted, "/a-ro.sock": .missing, "/b.sock": .missing]
        let error = #expect(throws: ToolError.self) { try search(["/a.sock", "/b.sock"], readOnly: true, faults) }
        #expect(error?.kind == .notPermitted)
    }

    @Test("Another fault is told in its words")
    func other() throws {
        let error = #expect(throws: ToolError.self) {
            try search(["/a.sock"], readOnly: true, ["/a.sock": .other("too many open files")])
        }
        #expect(error?.kind == .unreachable)
        #expect(error?.description.contains("too many open files") == true)
    }
}
