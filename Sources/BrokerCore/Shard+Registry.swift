import BrokerValues
import MQTTWire
import SessionMachine

/// Who owns the session of a client that hashes to this shard.
struct Ownership {
    let shard: ShardIndex
    let epoch: UInt64
}

/// A session that is changing hands; clients that come meanwhile wait.
struct Transfer {
    var waiting: [OpenTicket] = []
    /// Epoch under which the new owner will have it.
    let epoch: UInt64
    let newOwner: ShardIndex
}

// The registry: the shard that a client's identifier hashes to serialises who owns its session.
extension Shard {
    /// A client has connected somewhere and wants its session.
    func openRequested(_ ticket: OpenTicket) {
        if transfers[ticket.client] != nil {
            transfers[ticket.client]?.waiting.append(ticket)
            return
        }
        // A session that lives here has no entry: the table of sessions is the registry's own.
        let owner = owners[ticket.client]?.shard ?? (sessions[ticket.client] == nil ? nil : index)
        let epoch = nextEpoch
        nextEpoch += 1
        guard let owner else { return grant(ticket, .new, epoch: epoch) }
        if owner == ticket.shard { return grant(ticket, .local, epoch: epoch) }
        transfers[ticket.client] = Transfer(epoch: epoch, newOwner: ticket.shard)
        let known = owners[ticket.client]?.epoch ?? sessions[ticket.client]?.epoch ?? 0
        post(.release(ticket, epoch: known, newEpoch: epoch), to: owner)
    }

    private func grant(_ ticket: OpenTicket, _ grant: Grant, epoch: UInt64) {
        if ticket.shard != index {
            owners[ticket.client] = Ownership(shard: ticket.shard, epoch: epoch)
        } else if !owners.isEmpty {
            owners[ticket.client] = nil
        }
        post(.granted(ticket, grant, epoch: epoch), to: ticket.shard)
    }

    /// The owner had nothing to hand over: the client starts anew.
    func nothingReleased(_ ticket: OpenTicket) {
        guard let transfer = transfers.removeValue(forKey: ticket.client) else { return }
        grant(ticket, .new, epoch: transfer.epoch)
        for waiting in transfer.waiting { openRequested(waiting) }
    }

    /// The new owner has the session.
    func adoptionDone(_ client: ClientIdentity) {
        guard let transfer = transfers.removeValue(forKey: client) else { return }
        owners[client] =
            transfer.newOwner == index ? nil : Ownership(shard: transfer.newOwner, epoch: transfer.epoch)
        for waiting in transfer.waiting { openRequested(waiting) }
    }

    /// Tells the registry that a session which this shard owned is no more.
    func reportEnd(_ client: ClientIdentity, epoch: UInt64) {
        let registry = home(client.seededHash)
        if registry != index { post(.sessionEnded(client, epoch: epoch), to: registry) }
    }

    /// News of an older grant than the last is ignored: the session has been opened again since.
    func ownerReportedEnd(_ client: ClientIdentity, epoch: UInt64) {
        if owners[client]?.epoch == epoch, transfers[client] == nil { owners[client] = nil }
    }
}
