import RemindersContracts
import RemindersDomain

/// One event of the stream, as bytes of `text/event-stream`
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation).
enum StreamEvent {
    /// A pop-up to show. The client gives `id` back as Last-Event-ID when it connects again.
    static func popup(_ popup: Popup, id: Int64) -> [UInt8] {
        var writer = JSONWriter(capacity: 640)
        popup.encode(to: &writer)
        return event("popup", id: id, data: writer.bytes)
    }

    /// Pop-ups that were snoozed, dismissed, acknowledged or withdrawn, here or elsewhere.
    static func settled(_ ids: [Int64], how: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + 12 * ids.count)
        writer.beginObject()
        writer.write("ids", ids)
        writer.write("how", how)
        writer.endObject()
        return event("settled", data: writer.bytes)
    }

    /// All that is pending: what is shown and not among it was settled elsewhere, what is among it and not shown can be
    /// fetched.
    static func pending(_ ids: [Int64]) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + 12 * ids.count)
        writer.beginObject()
        writer.write("ids", ids)
        writer.endObject()
        return event("pending", data: writer.bytes)
    }

    /// How long the client waits before it connects again, in milliseconds.
    static func retry(milliseconds: Int) -> [UInt8] {
        Array("retry: \(milliseconds)\n\n".utf8)
    }

    /// A comment, which keeps proxies from closing an idle connection and tells both ends that the other is there.
    static let heartbeat = Array(": hb\n\n".utf8)

    /// JSON has no line breaks in it, so the data is one line.
    private static func event(_ name: String, id: Int64? = nil, data: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 64)
        if let id { bytes += "id: \(id)\n".utf8 }
        bytes += "event: \(name)\ndata: ".utf8
        bytes += data
        bytes += "\n\n".utf8
        return bytes
    }
}
