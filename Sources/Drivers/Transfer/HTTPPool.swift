import CCurl
import DequeModule
import Glibc

/// The requests in progress and waiting, at most so many at a time to one origin. Belongs to one thread.
final class HTTPPool {
    private let multi: MultiHandle
    private let maximumPerOrigin: Int
    private let addressGuard: AddressGuard
    private let complete: (Completion, TransferVerdict, Bool, [UInt8]) -> Void

    private var running: [ObjectIdentifier: HTTPTransfer] = [:]
    private var idle: [HTTPTransfer] = []
    private var origins: [HTTPOrigin: Origin] = [:]

    private struct Origin {
        var running = 0
        var waiting = Deque<(HTTPRequest, Completion)>()
    }

    /// Handles kept for later requests.
    private static let mostIdle = 64

    init(
        multi: MultiHandle, maximumPerOrigin: Int, addressGuard: AddressGuard,
        complete: @escaping (Completion, TransferVerdict, Bool, [UInt8]) -> Void
    ) {
        self.multi = multi
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
        while let origin = origins[key], origin.running < maximumPerOrigin,
            let (request, completion) = origins[key]?.waiting.popFirst()
        {
            start(request, completion)
        }
        if let origin = origins[key], origin.running == 0, origin.waiting.isEmpty { origins[key] = nil }
    }

    private func start(_ request: HTTPRequest, _ completion: Completion) {
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
