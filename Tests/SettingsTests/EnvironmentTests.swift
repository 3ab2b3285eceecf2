import BrokerValues
import Foundation
import Glibc
import Testing

@testable import Settings

@Suite("Values from the environment")
struct EnvironmentTests {
    @Test(
        "Both forms are replaced, also several in one value and inside text",
        arguments: [
            ("${PORT}", "1883"), ("${ENV:PORT}", "1883"), ("1${EMPTY}2", "12"), ("${PORT}${PORT}", "18831883"),
            ("a-${ENV:PORT}-b", "a-1883-b"), ("$PORT {PORT} $", "$PORT {PORT} $"), ("${TRICK}", "${PORT}"), ("", ""),
        ])
    func replaced(text: String, expected: String) throws {
        let environment = ["PORT": "1883", "EMPTY": "", "TRICK": "${PORT}"]
        #expect(try EnvironmentReplacement(environment: environment).replace(text) == expected)
    }

    @Test("A variable that is not set is a fault that names it, with line and element")
    func unset() {
        let text = "<skep>\n<mqtt><max-inflight>${WINDOW}</max-inflight></mqtt>\n</skep>"
        #expect(
            faults(text) == ["config.xml:2: mqtt/max-inflight: the environment variable \"WINDOW\" is not set"])
        #expect(faults(text, environment: ["WINDOW": "5"]).isEmpty)
        #expect(
            faults(document("mqtt/max-inflight", "${ENV:OTHER}"))
                == ["config.xml:1: mqtt/max-inflight: the environment variable \"OTHER\" is not set"])
    }

    @Test("An opening without its end is a fault")
    func unclosed() {
        #expect(
            faults(document("mqtt/max-inflight", "1${WINDOW"))
                == [
                    "config.xml:1: mqtt/max-inflight: a \"${\" without the \"}\" that ends the name of an environment variable"
                ])
    }

    @Test("A value from the environment is held against the bounds, and cannot add elements")
    func validated() throws {
        let text = document("mqtt/max-inflight", "${WINDOW}")
        #expect(try settings(text, environment: ["WINDOW": "77"]).limits.maximumInflight == 77)
        #expect(
            faults(text, environment: ["WINDOW": "<b/>"])
                == ["config.xml:1: mqtt/max-inflight: found \"<b/>\", allowed is a whole number from 1 to 65535"])
    }

    @Test("A variable below an element without effect is not asked for")
    func ignored() throws {
        #expect(try settings("<skep><cluster><enabled>${NOWHERE}</enabled></cluster></skep>").warnings.count == 1)
    }

    @Test("A credential is the text of its file, without the line break at its end")
    func credential() throws {
        try withDirectory { folder in
            try write("let me in\n", to: "\(folder)/password")
            try write("two\nlines\r\n", to: "\(folder)/lines")
            let replacement = EnvironmentReplacement(environment: ["CREDENTIALS_DIRECTORY": folder])
            #expect(try replacement.replace("a${CREDENTIAL:password}b") == "alet me inb")
            #expect(try replacement.replace("${CREDENTIAL:lines}") == "two\nlines")
        }
    }

    @Test("A pipe that nobody writes to holds nobody up for long")
    func pipe() throws {
        try withDirectory { folder in
            #expect(unsafe mkfifo("\(folder)/pipe", 0o600) == 0)
            let text = document("mqtt/max-inflight", "${CREDENTIAL:pipe}")
            let fault = faults(text, environment: ["CREDENTIALS_DIRECTORY": folder]).first
            #expect(fault?.hasSuffix("the credential \"pipe\" cannot be used: Connection timed out") == true)
        }
    }

    @Test("A credential that is not there, no file of its folder, no text or too long is a fault that names it")
    func credentialFaults() throws {
        try withDirectory { folder in
            try write("x", to: "\(folder)/inside/secret")
            try Data([0xFF, 0xFE]).write(to: URL(filePath: "\(folder)/bytes"))
            try Data(repeating: 0x61, count: 65_537).write(to: URL(filePath: "\(folder)/long"))
            let environment = ["CREDENTIALS_DIRECTORY": folder]
            func fault(_ name: String, _ environment: [String: String]) -> String {
                faults(document("mqtt/max-inflight", "${CREDENTIAL:\(name)}"), environment: environment).first ?? "none"
            }
            for (name, reason) in [
                ("absent", "No such file or directory"), ("inside/secret", "this is not the name of one"),
                ("..", "this is not the name of one"),
                ("inside", "Is a directory"), ("bytes", "it is not a text in UTF-8"),
                ("long", "it is longer than 65536 bytes"),
            ] {
                #expect(
                    fault(name, environment)
                        == "config.xml:1: mqtt/max-inflight: the credential \"\(name)\" cannot be used: \(reason)")
            }
            #expect(fault("password", [:]).hasSuffix("is not set, so no service manager passes any"))
        }
    }
}
