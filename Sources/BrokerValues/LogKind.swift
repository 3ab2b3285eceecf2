/// The kinds of events that the broker logs. Part of its interface: operators filter and count by them.
///
/// The raw value stands in the field `event` of JSON lines and in `SKEP_EVENT` of the journal.
package enum LogKind: String, Sendable, CaseIterable {
    case brokerStarts = "broker-starts"
    case openFileLimit = "open-file-limit"
    case socketsPassed = "sockets-passed"
    case listening
    case notListening = "not-listening"
    case ready
    case stopping
    case stopped
    case settingsWarning = "settings-warning"
    case settingsFault = "settings-fault"
    case settingsRead = "settings-read"
    case settingChanged = "setting-changed"
    case operatorOrder = "operator-order"
    case acceptingRests = "accepting-rests"
    case proxyRefused = "proxy-refused"
    case webSocketRefused = "websocket-refused"
    case clientRefused = "client-refused"
    case clientConnected = "client-connected"
    case clientGone = "client-gone"
    case clientSlowed = "client-slowed"
    case connectionsNearLimit = "connections-near-limit"
    case sessionEnded = "session-ended"
    case subscriptionsRefused = "subscriptions-refused"
    case willPublished = "will-published"
    case messageDropped = "message-dropped"
    case messagesDropped = "messages-dropped"
    case linesLeftOut = "log-lines-left-out"
    case storageOpened = "storage-opened"
    case storageFailed = "storage-failed"
    case storageFull = "storage-full"
    case pluginStarted = "plugin-started"
    case pluginFailed = "plugin-failed"
    case pluginSays = "plugin-says"
    case handshakeFailed = "handshake-failed"
    case certificatesRead = "certificates-read"
    case certificatesUnusable = "certificates-unusable"

    /// The name of the field that holds the kind.
    package static let field = "event"

    /// `MESSAGE_ID` in the journal, where the catalogue `packaging/skep.catalog` explains it; see sd_journal_send(3).
    /// Never changes.
    package var messageIdentifier: String {
        switch self {
        case .brokerStarts: "e82ab7ff967940fc9d0b4a708f1e0a9b"
        case .openFileLimit: "93b1199575e240f88eff10a885947a75"
        case .socketsPassed: "41d62153fc1e4049ad1996d8684a9120"
        case .listening: "f8df18f6139f47c0b8346b747a13e354"
        case .notListening: "37379f09d8c4417abe02001b63b1eeac"
        case .ready: "d2a84ce755c24163bdd72ce92ebd556f"
        case .stopping: "dda925d867334eacac99eeec04237c82"
        case .stopped: "a7c993cd029b4f8b8ad4aa9d22c58d6c"
        case .settingsWarning: "bdd8fbcd9621420a89c43d40d4ecaa73"
        case .settingsFault: "7094bc779246408eade3491b7c5ecf9a"
        case .settingsRead: "0e4cef106637428aa261c86ab09f64cd"
        case .settingChanged: "4b49df706d494efb9666baf47b93c643"
        case .operatorOrder: "41d4ea6b83ff4f8c92a8944172444e0b"
        case .acceptingRests: "7112565cec574b3082b1f567ff9834ae"
        case .proxyRefused: "5c0de0b6a2f14c0f9d6b6a3f7c1e84d2"
        case .webSocketRefused: "b1f7a9c43e5d4f06a8e20d917c6b35fa"
        case .clientRefused: "8bc2291ceb444b199118c546a4545095"
        case .clientConnected: "aaeeb5b48d8446599f63efa85f63b8ad"
        case .clientGone: "57aa974a373444d4b0673dc885fabebe"
        case .clientSlowed: "316024406c94433091d9386e3081067a"
        case .connectionsNearLimit: "b5ed08c185414642a49a67c832fc3c01"
        case .sessionEnded: "6d0b904388eb4379b1bf3501d403514c"
        case .subscriptionsRefused: "6076992b48c146a7a3be7c1002e0f32e"
        case .willPublished: "6a9266f3b33f40fb95769a0445275e69"
        case .messageDropped: "014ad0626e89400593cde7de03ac1a08"
        case .messagesDropped: "34d04f4cb40c4cd29600e4ac19e1fd80"
        case .linesLeftOut: "e1acb75242584f63844fdf53778d08be"
        case .storageOpened: "30855966330c4349b1fd16b95d5b1f41"
        case .storageFailed: "c7b63604e88944229109d3f85a3b689a"
        case .storageFull: "554f95e34b414977874ff67cfc5da772"
        case .pluginStarted: "f659dc40a1ad4f188a2ada0e0ca33386"
        case .pluginFailed: "a85e90695d0b40eda666e1c8ba35a58d"
        case .pluginSays: "64aab8008b5545afb552898dab1e8032"
        case .handshakeFailed: "f865d2e633a7493e8eaadb9665e14069"
        case .certificatesRead: "2a4cde1e0ac946eca0263d9fce74c091"
        case .certificatesUnusable: "5b4ca8b7a37b49738abb9069e5d7e3e5"
        }
    }
}
