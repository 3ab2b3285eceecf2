package import Introspection

/// An agent of the Jolokia protocol: makes requests into questions to managed beans, and what these say into answers.
///
/// It has no sockets and keeps nothing between requests. Whatever a client sends gets an answer in JSON. Of the protocol's
/// optional parts it leaves out notifications and requests to other agents.
package struct JolokiaService: Sendable {
    let beans: any BeanSource
    let agent: JolokiaAgent
    let heard: @Sendable (_ order: String, _ door: JolokiaDoor, _ failure: String?) -> Void
    private let clock: MonitorClock
    /// When the set of beans last changed, which is before the first request; seconds since the Unix epoch.
    private let startTime: Int

    /// An agent for beans.
    ///
    /// - Parameter heard: told of everything that was ordered and of what became of it; nil for what was done.
    package init(
        beans: any BeanSource, agent: JolokiaAgent, clock: MonitorClock = .system,
        heard: @escaping @Sendable (_ order: String, _ door: JolokiaDoor, _ failure: String?) -> Void = { _, _, _ in }
    ) {
        self.beans = beans
        self.heard = heard
        self.agent = agent
        self.clock = clock
        startTime = Self.seconds(clock)
    }

    /// Answers one exchange. A cancelled task gets an answer soon, which nobody may want.
    package func answer(_ exchange: JolokiaExchange, at door: JolokiaDoor) async -> JolokiaAnswer {
        var answer =
            switch exchange.method {
            case .options: preflight(exchange, at: door)
            case .get: await answerGet(exchange, at: door)
            case .post: await answerPost(exchange, at: door)
            }
        answer.headers["Cache-Control"] = "no-cache"
        if let origin = exchange.origin, Self.isHeaderValue(origin), door.origins.include(origin) {
            answer.headers["Access-Control-Allow-Origin"] = origin
        }
        if door.origins != .nobody { answer.headers["Vary"] = "Origin" }
        return answer
    }

    // MARK: - Methods

    private func answerGet(_ exchange: JolokiaExchange, at door: JolokiaDoor) async -> JolokiaAnswer {
        var parameters = JolokiaParameters()
        do throws(JolokiaError) {
            let query = try JolokiaQuery(exchange.query)
            parameters = query.parameters
            guard var path = PercentCoding.decode(exchange.path) else {
                throw JolokiaError(.badRequest, "The path is not encoded rightly")
            }
            if let other = query.path, path.utf8.allSatisfy({ $0 == UInt8(ascii: "/") }) { path = other }
            let response: JSONValue
            do throws(JolokiaError) {
                response = await respond(to: try JolokiaRequest(getPath: path, parameters: parameters), at: door)
            } catch {
                response = .object(error.members(parameters))
            }
            return Self.answer(response, parameters)
        } catch {
            return Self.unusable(error, parameters)
        }
    }

    private func answerPost(_ exchange: JolokiaExchange, at door: JolokiaDoor) async -> JolokiaAnswer {
        var parameters = JolokiaParameters()
        do throws(JolokiaError) {
            parameters = try JolokiaQuery(exchange.query).parameters
            let body = try Self.read(exchange.body)
            if let requests = body.array {
                guard requests.count <= JolokiaLimits.bulkRequests else {
                    throw JolokiaError(.badRequest, "A bulk has at most \(JolokiaLimits.bulkRequests) requests")
                }
                return Self.answer(await respond(toAll: requests, parameters, at: door), parameters)
            }
            guard body.object != nil else {
                throw JolokiaError(.badRequest, "Invalid JSON request: an object or an array is expected")
            }
            if let config = body["config"], config != .null { try parameters.set(config) }
            return Self.answer(await respond(toObject: body, parameters, at: door), parameters)
        } catch {
            return Self.unusable(error, parameters)
        }
    }

    /// A browser asks whether a page of another server may send a request. Without the header that allows it, it may not.
    private func preflight(_ exchange: JolokiaExchange, at door: JolokiaDoor) -> JolokiaAnswer {
        var headers = ["Access-Control-Allow-Methods": "GET, POST", "Access-Control-Max-Age": "7200"]
        if let requested = exchange.requestedHeaders, Self.isHeaderValue(requested) {
            headers["Access-Control-Allow-Headers"] = requested
        }
        let contentType = Self.contentType(JolokiaParameters())
        return JolokiaAnswer(httpStatus: 200, contentType: contentType, headers: headers, body: [])
    }

    // MARK: - Requests

    private func respond(
        toAll requests: [JSONValue], _ parameters: JolokiaParameters, at door: JolokiaDoor
    ) async -> [UInt8] {
        var writer = JSONWriter()
        writer.write(raw: "[")
        for (index, object) in requests.enumerated() {
            if index > 0 { writer.write(raw: ",") }
            // A bulk may be long, and the thread that works on it has others to serve.
            await Task.yield()
            do throws(JolokiaError) {
                guard writer.bytes.count < JolokiaLimits.answerBytes, !Task.isCancelled else {
                    throw JolokiaError(.failed, "The answer to this bulk is too large: send smaller ones")
                }
                var own = parameters
                if let config = object["config"], config != .null { try own.set(config) }
                writer.write(await respond(toObject: object, own, at: door))
            } catch {
                writer.write(.object(error.members(parameters)))
            }
        }
        writer.write(raw: "]")
        return writer.bytes
    }

    private func respond(
        toObject object: JSONValue, _ parameters: JolokiaParameters, at door: JolokiaDoor
    ) async -> JSONValue {
        do throws(JolokiaError) {
            return await respond(to: try JolokiaRequest(object: object, parameters: parameters), at: door)
        } catch {
            return .object(error.members(parameters))
        }
    }

    private func respond(to request: JolokiaRequest, at door: JolokiaDoor) async -> JSONValue {
        var response: [String: JSONValue]
        do throws(JolokiaError) {
            response = ["status": 200, "timestamp": .integer(Int64(Self.seconds(clock)))]
            if case .list = request.action, isUnchanged(since: request.parameters.ifModifiedSince) {
                response["status"] = 304
            } else {
                response["value"] = try await value(for: request, at: door)
            }
        } catch {
            response = error.members(request.parameters)
        }
        if request.parameters.includeRequest { response["request"] = request.echo }
        return .object(response)
    }

    private func value(for request: JolokiaRequest, at door: JolokiaDoor) async throws(JolokiaError) -> JSONValue {
        switch request.action {
        case .version: agent.value
        case .list: try list(request)
        case .search(let pattern): .array(names(for: pattern).map { .string(request.text(of: $0)) })
        case .read(let bean, let attributes): try await read(bean, attributes, request)
        case .write(let bean, let attribute, let value): try await write(bean, attribute, value, request, at: door)
        case .exec(let bean, let operation, let arguments):
            try await execute(bean, operation, arguments, request, at: door)
        }
    }

    /// The beans that a pattern is for, in the order of the source.
    func names(for pattern: ObjectName) -> [ObjectName] {
        guard pattern.isPattern else { return beans.description(of: pattern) == nil ? [] : [pattern] }
        return beans.names.filter { pattern.matches($0) }
    }

    /// - Throws: if there is no such bean.
    func description(of name: ObjectName) throws(JolokiaError) -> BeanDescription {
        guard let description = beans.description(of: name) else {
            throw JolokiaError(.noSuchBean, "There is no MBean \(JolokiaError.cut(name.text))")
        }
        return description
    }

    private func isUnchanged(since time: Int) -> Bool { time > 0 && startTime <= time }
}

// MARK: - HTTP

extension JolokiaService {
    private static func read(_ body: [UInt8]) throws(JolokiaError) -> JSONValue {
        guard body.count <= JolokiaLimits.bodyBytes else {
            throw JolokiaError(.badRequest, "A request has at most \(JolokiaLimits.bodyBytes) bytes")
        }
        do throws(JSONFault) {
            return try JSONReader.value(body)
        } catch {
            throw JolokiaError(.badRequest, "Invalid JSON request: \(error.message), after \(error.offset) bytes")
        }
    }

    private static func answer(_ response: JSONValue, _ parameters: JolokiaParameters) -> JolokiaAnswer {
        answer(JSONWriter.text(response), parameters)
    }

    private static func answer(_ body: [UInt8], _ parameters: JolokiaParameters) -> JolokiaAnswer {
        JolokiaAnswer(httpStatus: 200, contentType: contentType(parameters), headers: [:], body: body)
    }

    /// For what is no request at all.
    private static func unusable(_ error: JolokiaError, _ parameters: JolokiaParameters) -> JolokiaAnswer {
        let body = JSONWriter.text(.object(error.members(parameters)))
        return JolokiaAnswer(httpStatus: 400, contentType: contentType(parameters), headers: [:], body: body)
    }

    private static func contentType(_ parameters: JolokiaParameters) -> String {
        "\(parameters.mimeType.rawValue); charset=utf-8"
    }

    /// Whether it can stand in a header of the answer as it came.
    private static func isHeaderValue(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 1024 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    private static func seconds(_ clock: MonitorClock) -> Int { Int(exactly: clock.wall().rounded(.down)) ?? 0 }
}
