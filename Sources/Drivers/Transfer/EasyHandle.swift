import CCurl

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
