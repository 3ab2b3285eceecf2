/// Says what clients may publish and subscribe to (`OnAuthorizationCallback`).
///
/// It is asked once for each login, and again whenever ``PermissionService/refresh()`` is called; the broker keeps the
/// answer and holds every PUBLISH and SUBSCRIBE against it by itself, without a call. For decisions that need more than a
/// topic there are ``PublishInterceptor`` and ``SubscribeInterceptor``. Without any authorizer everything is allowed.
public protocol Authorizer: Plugin {
    /// One that throws, or does not answer in time, denies everything.
    func permissions(of client: Client) async throws -> Permissions
}

/// Hears that a client wanted what it may not do (`OnInsufficientPermissionDisconnect`).
public protocol PermissionObserver: Plugin {
    /// - Parameters:
    ///   - activity: either publish or subscribe.
    ///   - topic: the topic, or the filter.
    func refused(_ client: Client, _ activity: Permission.Activity, topic: String, qos: QoS) async
}
