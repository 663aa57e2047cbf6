import Logging

/// A destination that gives no answer is left alone, but for an attempt now and then: what is for it is put off as if it had
/// been tried, and the others have the connections.
extension Sending {
    /// Whether an attempt is to be made at a destination now.
    func admit(_ destination: String) -> DestinationHealth.Admission {
        destinations.withLock { $0.admit(destination, at: .now) }
    }

    /// Takes note of how an attempt ended, and says once when a destination falls silent and once when it answers again.
    func note(_ destination: String, _ sign: DestinationHealth.Sign) {
        let (change, silent) = destinations.withLock { destinations in
            let change = destinations.note(destination, sign, at: .now)
            return (change, destinations.silentCount)
        }
        guard let change else { return }
        SendingMetrics.silentDestinations(channel.kind).record(silent)
        var metadata: Logger.Metadata = ["channel": "\(channel.kind.rawValue)", "destination": "\(destination)"]
        switch change {
        case .fellSilent(let attempts):
            metadata["attempts"] = "\(attempts)"
            logger.warning("destination gives no answer: tried only now and then", metadata: metadata)
        case .answers(let duration):
            metadata["silent"] = "\(duration.components.seconds) s"
            logger.notice("destination answers again", metadata: metadata)
        }
    }
}
