import CCurl
import DequeModule
import Glibc
import RemindersIOThread

/// One request at a time on an easy handle that is used again and again. Belongs to one thread.
final class HTTPTransfer: MultiTransfer {
    let easy = EasyHandle()
    /// Part of the handle's settings that cannot be taken back.
    let caFile: String?

    private let addressGuard: AddressGuard
    private let ended: (HTTPTransfer, CURLcode) -> Void
    private(set) var request: HTTPRequest?
    /// Since when the request is in progress.
    private(set) var begun = ContinuousClock.now
    private(set) var completion: Completion?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var bodySent = 0
    private var response = HTTPResponse()
    private var refusedAddress: String?
    private var triedAddress = false

    init(caFile: String?, addressGuard: AddressGuard, ended: @escaping (HTTPTransfer, CURLcode) -> Void) {
        self.caFile = caFile
        self.addressGuard = addressGuard
        self.ended = ended
        easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        easy.set(CURLOPT_MAXLIFETIME_CONN, 300)
        easy.set(CURLOPT_UPLOAD_BUFFERSIZE, 16 << 10)
        easy.set(CURLOPT_BUFFERSIZE, 16 << 10)
        if let caFile {
            easy.set(CURLOPT_CAINFO, caFile)
            easy.set(CURLOPT_CAPATH, nil)
        }
        setCallbacks()
    }

    deinit {
        curl_slist_free_all(headerList)
    }

    /// Makes the handle ready for `request`.
    func prepare(_ request: HTTPRequest, _ completion: Completion) {
        self.request = request
        begun = .now
        self.completion = completion
        bodySent = 0
        refusedAddress = nil
        triedAddress = false
        response = HTTPResponse(maximumBody: request.maximumResponseBytes)
        easy.clearError()
        easy.set(CURLOPT_URL, request.url.reveal())
        easy.set(CURLOPT_PROTOCOLS_STR, request.origin.scheme)
        switch request.method {
        case .get: easy.set(CURLOPT_HTTPGET, 1)
        case .post:
            easy.set(CURLOPT_POST, 1)
            easy.set(CURLOPT_POSTFIELDSIZE, request.body.count)
        }
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds: request.connectTimeout)
        easy.set(CURLOPT_TIMEOUT_MS, milliseconds: request.timeout)
        curl_slist_free_all(headerList)
        // libcurl waits a second for a 100 before a large body otherwise.
        headerList = curl_slist_append(nil, "Expect:")
        for (name, value) in request.headers {
            // "Name:" would remove a header; "Name;" sends it empty (CURLOPT_HTTPHEADER(3)).
            headerList = curl_slist_append(headerList, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        easy.set(CURLOPT_HTTPHEADER, pointer: UnsafeMutableRawPointer(headerList))
    }

    func finished(_ code: CURLcode) {
        ended(self, code)
    }

    /// What is known once libcurl has ended with `code`.
    func facts(_ code: CURLcode) -> HTTPClassification.Facts {
        var facts = HTTPClassification.Facts()
        facts.status = easy.long(CURLINFO_RESPONSE_CODE)
        facts.retryAfter = response.retryAfter
        facts.rateLimitReset = response.rateLimitReset
        facts.curlCode = code
        facts.detail = easy.errorText
        facts.requestSent = hasSentRequest
        facts.refusedAddress = triedAddress ? nil : refusedAddress
        facts.text = response.text(status: facts.status)
        return facts
    }

    /// The whole request was given away: before that the receiver cannot have acted on it.
    var hasSentRequest: Bool {
        guard let request else { return false }
        return startedSending && bodySent == request.body.count
    }

    private var startedSending: Bool {
        easy.long(CURLINFO_REQUEST_SIZE) > 0
    }

    var openedConnection: Bool {
        easy.long(CURLINFO_NUM_CONNECTS) > 0
    }

    /// Forgets the request, and gives what came of the body.
    func clear() -> [UInt8] {
        defer {
            request = nil
            completion = nil
            response = HTTPResponse()
        }
        return response.body
    }

    // MARK: - Callbacks of libcurl

    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_READDATA, pointer: context)
        // The body is read, not given with POSTFIELDS: libcurl cannot rewind it, so it does not repeat a request
        // that a kept connection lost after it had been sent. That one is unknown, and for the caller to decide.
        easy.set(CURLOPT_READFUNCTION) { buffer, size, count, context in
            guard let buffer, let context else { return 0 }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.giveBody(UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
        }
        easy.set(CURLOPT_WRITEDATA, pointer: context)
        easy.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.response.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        easy.set(CURLOPT_HEADERDATA, pointer: context)
        easy.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.response.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        easy.set(CURLOPT_OPENSOCKETDATA, pointer: context)
        easy.set(openSocket: { context, _, address in
            guard let context, let address else { return -1 }
            return Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue().openSocket(address)
        })
    }

    private func giveBody(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = request?.body else { return 0 }
        let count = min(buffer.count, body.count - bodySent)
        body.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[bodySent..<bodySent + count]))
        }
        bodySent += count
        return count
    }

    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        guard let request else { return -1 }
        let length = Int(address.pointee.addrlen)
        let place = UnsafeMutableRawPointer(address) + (MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0)
        guard let target = IPAddress(place.assumingMemoryBound(to: sockaddr.self), length: length) else {
            refusedAddress = "neither IPv4 nor IPv6"
            return -1
        }
        if let refusal = addressGuard.refusal(of: target, host: request.origin.host) {
            refusedAddress = refusal
            return -1
        }
        triedAddress = true
        let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return socket(address.pointee.family, type, address.pointee.protocol)
    }
}

/// The requests in progress and waiting, at most so many at a time to one origin. Belongs to one thread.
final class HTTPPool {
    private let multi: MultiHandle
    private let thread: IOThread
    private let maximumPerOrigin: Int
    private let addressGuard: AddressGuard
    private let complete: (Completion, TransferVerdict, Bool, [UInt8]) -> Void

    private var running: [ObjectIdentifier: HTTPTransfer] = [:]
    private var idle: [HTTPTransfer] = []
    private var origins: [HTTPOrigin: Origin] = [:]

    private struct Origin {
        var running = 0
        /// Whether it is looked at again when the next request becomes slow.
        var isTimed = false
        var waiting = Deque<(HTTPRequest, Completion)>()
    }

    /// Handles kept for later requests.
    private static let mostIdle = 64

    init(
        multi: MultiHandle, thread: IOThread, maximumPerOrigin: Int, addressGuard: AddressGuard,
        complete: @escaping (Completion, TransferVerdict, Bool, [UInt8]) -> Void
    ) {
        self.multi = multi
        self.thread = thread
        self.maximumPerOrigin = maximumPerOrigin
        self.addressGuard = addressGuard
        self.complete = complete
    }

    func add(_ request: HTTPRequest, _ completion: Completion) {
        origins[request.origin, default: Origin()].waiting.append((request, completion))
        pump(request.origin)
    }

    /// Ends everything at once.
    func abort() {
        let code = CURLE_ABORTED_BY_CALLBACK
        for transfer in running.values {
            let facts = transfer.facts(code)
            multi.remove(transfer)
            end(transfer, HTTPClassification.verdict(facts, now: time(nil)))
        }
        running = [:]
        for var origin in origins.values {
            while let (_, completion) = origin.waiting.popFirst() { complete(completion, .closed, false, []) }
        }
        origins = [:]
        idle = []
    }

    private func pump(_ key: HTTPOrigin) {
        while let origin = origins[key], mayStart(key, origin),
            let (request, completion) = origins[key]?.waiting.popFirst()
        {
            start(request, completion)
        }
        lookAgainWhenSlow(key)
        if let origin = origins[key], origin.running == 0, origin.waiting.isEmpty { origins[key] = nil }
    }

    /// Whether one more request may be in progress: slow ones are not counted, up to a limit.
    private func mayStart(_ key: HTTPOrigin, _ origin: Origin) -> Bool {
        guard origin.running >= maximumPerOrigin else { return true }
        guard origin.running < maximumPerOrigin * SMTPPool.mostConnectionsForOne else { return false }
        let now = ContinuousClock.now
        let slow = running.values.count { $0.request?.origin == key && $0.begun + SMTPPool.slowAfter <= now }
        return origin.running - slow < maximumPerOrigin
    }

    private func lookAgainWhenSlow(_ key: HTTPOrigin) {
        guard let origin = origins[key], !origin.isTimed, !origin.waiting.isEmpty else { return }
        let now = ContinuousClock.now
        let next = running.values.filter { $0.request?.origin == key }.map { $0.begun + SMTPPool.slowAfter }
            .filter { $0 > now }.min()
        guard let next else { return }
        origins[key]?.isTimed = true
        thread.setTimer(at: next) { [weak self] in
            guard let self else { return }
            origins[key]?.isTimed = false
            pump(key)
        }
    }

    private func start(_ request: HTTPRequest, _ completion: Completion) {
        guard completion.isWanted() else { return complete(completion, .unwanted(at: .queued), false, []) }
        let transfer = handle(caFile: request.caFile)
        transfer.prepare(request, completion)
        guard transfer.easy.refusedOption == nil, multi.add(transfer) == CURLM_OK else {
            var facts = HTTPClassification.Facts()
            facts.curlCode = transfer.easy.refusedOption ?? CURLE_OUT_OF_MEMORY
            return end(transfer, HTTPClassification.verdict(facts, now: 0))
        }
        running[ObjectIdentifier(transfer)] = transfer
        origins[request.origin]?.running += 1
    }

    private func handle(caFile: String?) -> HTTPTransfer {
        if let index = idle.lastIndex(where: { $0.caFile == caFile }) { return idle.remove(at: index) }
        return HTTPTransfer(caFile: caFile, addressGuard: addressGuard) { [unowned self] transfer, code in
            self.ended(transfer, code)
        }
    }

    private func ended(_ transfer: HTTPTransfer, _ code: CURLcode) {
        guard running.removeValue(forKey: ObjectIdentifier(transfer)) != nil, let request = transfer.request else {
            return
        }
        let facts = transfer.facts(code)
        multi.remove(transfer)
        origins[request.origin]?.running -= 1
        end(transfer, HTTPClassification.verdict(facts, now: time(nil)))
        if transfer.easy.refusedOption == nil, idle.count < Self.mostIdle { idle.append(transfer) }
        pump(request.origin)
    }

    private func end(_ transfer: HTTPTransfer, _ verdict: TransferVerdict) {
        let opened = transfer.openedConnection
        guard let completion = transfer.completion else { return }
        complete(completion, verdict, opened, transfer.clear())
    }
}
