import CCurl
import RemindersIOThread

/// Owns one libcurl easy handle and its error buffer. Belongs to one thread.
///
/// Options are set with values checked before, so libcurl refuses one only when it runs out of memory or was built
/// without the option. The first refusal is kept and reported instead of starting the transfer.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private(set) var refusedOption: CURLcode?
    private let errorBuffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init() {
        guard let pointer = curl_easy_init() else { preconditionFailure("libcurl has no memory for a handle") }
        self.pointer = pointer
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setBasics()
    }

    deinit {
        curl_easy_cleanup(pointer)
        errorBuffer.deallocate()
    }

    /// What every transfer has.
    private func setBasics() {
        set(CURLOPT_ERRORBUFFER, pointer: UnsafeMutableRawPointer(errorBuffer))
        // Signals belong to the process; libcurl's name look-ups run on threads anyway.
        set(CURLOPT_NOSIGNAL, 1)
        // A look-up that timed out is left to its thread: waiting for it would stop every other transfer.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOPROGRESS, 1)
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    }

    func set(_ option: CURLoption, _ value: Int) {
        note(reminders_curl_set_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: String?) {
        note(reminders_curl_set_string(pointer, option, value))
    }

    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer?) {
        note(reminders_curl_set_pointer(pointer, option, value))
    }

    func set(_ option: CURLoption, function: curl_write_callback?) {
        note(reminders_curl_set_data_function(pointer, option, function))
    }

    func set(openSocket function: curl_opensocket_callback?) {
        note(reminders_curl_set_open_socket_function(pointer, function))
    }

    func set(_ option: CURLoption, milliseconds duration: Duration) {
        let (seconds, attoseconds) = duration.components
        set(option, max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)))
    }

    private func note(_ code: CURLcode) {
        if code != CURLE_OK, refusedOption == nil { refusedOption = code }
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return reminders_curl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    /// The socket of a connection made with `CURLOPT_CONNECT_ONLY`; nil when it is gone.
    var activeSocket: Int32? {
        var descriptor: curl_socket_t = -1
        guard reminders_curl_get_active_socket(pointer, &descriptor) == CURLE_OK, descriptor >= 0 else { return nil }
        return descriptor
    }

    /// What libcurl wrote about the last failure.
    var errorText: String {
        String(cString: errorBuffer)
    }

    func clearError() {
        errorBuffer[0] = 0
    }
}

/// What is told of the end of a transfer that a `MultiHandle` runs.
protocol MultiTransfer: AnyObject {
    var easy: EasyHandle { get }
    /// libcurl is done with the handle; it is still part of the multi handle.
    func finished(_ code: CURLcode)
}

/// Owns a libcurl multi handle and connects it to the poll set and timers of its thread
/// (curl_multi_socket_action(3)). Belongs to that thread.
final class MultiHandle {
    private let pointer: UnsafeMutableRawPointer
    private let thread: IOThread
    private var timer: IOTimer?
    private var watched: Set<Int32> = []
    private var transfers: [UnsafeMutableRawPointer: any MultiTransfer] = [:]

    init(thread: IOThread) {
        guard let pointer = curl_multi_init() else { preconditionFailure("libcurl has no memory for a handle") }
        self.pointer = pointer
        self.thread = thread
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = reminders_curl_multi_set_socket_function(
            pointer,
            { _, descriptor, what, context, _ in
                if let context {
                    Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue().watch(descriptor, what)
                }
                return 0
            }, context)
        _ = reminders_curl_multi_set_timer_function(
            pointer,
            { _, milliseconds, context in
                if let context {
                    Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds)
                }
                return 0
            }, context)
        // Connections are counted by their owners; libcurl's own limit, four for each transfer in progress, would
        // close idle ones after each batch.
        _ = reminders_curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, 256)
    }

    /// Ends everything. Handles that are still part of it must have been removed.
    func shutDown() {
        if let timer { thread.cancelTimer(timer) }
        timer = nil
        for descriptor in watched { thread.unwatch(descriptor) }
        watched = []
        curl_multi_cleanup(pointer)
        if let timer { thread.cancelTimer(timer) }
        timer = nil
    }

    func add(_ transfer: any MultiTransfer) -> CURLMcode {
        let code = curl_multi_add_handle(pointer, transfer.easy.pointer)
        if code == CURLM_OK { transfers[transfer.easy.pointer] = transfer }
        return code
    }

    /// Takes a handle out; a transfer in progress is aborted and its connection closed.
    func remove(_ transfer: any MultiTransfer) {
        guard transfers.removeValue(forKey: transfer.easy.pointer) != nil else { return }
        curl_multi_remove_handle(pointer, transfer.easy.pointer)
    }

    private func watch(_ descriptor: Int32, _ what: Int32) {
        var events: PollEvents = []
        switch what {
        case CURL_POLL_IN: events = .readable
        case CURL_POLL_OUT: events = .writable
        case CURL_POLL_INOUT: events = [.readable, .writable]
        default:
            if watched.remove(descriptor) != nil { thread.unwatch(descriptor) }
            return
        }
        watched.insert(descriptor)
        thread.watch(descriptor, for: events) { [unowned self] ready in
            var mask: Int32 = 0
            if ready.contains(.readable) { mask |= CURL_CSELECT_IN }
            if ready.contains(.writable) { mask |= CURL_CSELECT_OUT }
            if !ready.isDisjoint(with: .failed) { mask |= CURL_CSELECT_ERR }
            self.act(descriptor, mask)
        }
    }

    /// -1 takes the timer away; libcurl must not be called from here, so 0 too waits for the loop.
    private func setTimer(_ milliseconds: Int) {
        if let timer { thread.cancelTimer(timer) }
        timer = nil
        guard milliseconds >= 0 else { return }
        timer = thread.setTimer(at: .now + .milliseconds(milliseconds)) { [unowned self] in
            self.timer = nil
            self.act(CURL_SOCKET_TIMEOUT, 0)
        }
    }

    private func act(_ descriptor: Int32, _ mask: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(pointer, descriptor, mask, &running)
        var left: Int32 = 0
        while let message = curl_multi_info_read(pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            transfers[easy]?.finished(message.pointee.data.result)
        }
    }
}
