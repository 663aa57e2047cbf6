extension PoolCore {
    func listen(_ id: UInt64, to channel: String, _ output: AsyncStream<PostgresNotification>.Continuation) {
        guard !isClosed else { return output.finish() }
        let listener = Listener(channel, configuration, settings, on: thread, logger: logger, output: output)
        listeners[id] = listener
        listener.start()
    }

    func stopListening(_ id: UInt64) {
        listeners.removeValue(forKey: id)?.stop()
    }
}
