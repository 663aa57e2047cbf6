import Glibc

/// The sockets of a `TCPProxy`, owned by its thread.
struct Forwarding {
    /// One direction of a connection: bytes read at one end that the other end has not taken yet.
    private struct Flow {
        let from: Int32
        let to: Int32
        var pending: [UInt8] = []
        var ended = false
        var isStranded = false
    }

    private var listener: Int32
    private let port: UInt16
    private let target: UInt16
    private let wake: Int32
    private var flows: [Flow] = []

    init(listener: Int32, port: UInt16, target: UInt16, wake: Int32) {
        self.listener = listener
        self.port = port
        self.target = target
        self.wake = wake
    }

    /// Waits for something to do and does it.
    ///
    /// - Returns: false when the proxy is gone, and with it every socket.
    mutating func turn(_ wishes: ProxyWishes.State) -> Bool {
        if wishes.resetConnections { dropAll(reset: true) }
        if wishes.strandConnections {
            for index in flows.indices { flows[index].isStranded = true }
        }
        switch wishes.mode {
        case .ended:
            dropAll(reset: false)
            close(listener)
            close(wake)
            return false
        case .refusing where listener >= 0:
            close(listener)
            listener = -1
        case .passing where listener < 0:
            listener = (try? Loopback.listen(on: port).socket) ?? -1
        default: break
        }

        let forwards = wishes.mode == .passing
        var polls = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        polls.append(pollfd(fd: forwards ? listener : -1, events: Int16(POLLIN), revents: 0))
        for flow in flows {
            let moves = forwards && !flow.isStranded
            let reads = moves && flow.pending.isEmpty && !flow.ended
            polls.append(pollfd(fd: reads ? flow.from : -1, events: Int16(POLLIN), revents: 0))
            let writes = moves && !flow.pending.isEmpty
            polls.append(pollfd(fd: writes ? flow.to : -1, events: Int16(POLLOUT), revents: 0))
        }
        guard poll(&polls, nfds_t(polls.count), -1) > 0 else { return true }

        var drained = [UInt8](repeating: 0, count: 64)
        if polls[0].revents != 0 { read(wake, &drained, drained.count) }
        var broken: Set<Int32> = []
        for index in flows.indices {
            if polls[2 + 2 * index].revents != 0 { receive(&flows[index], &broken) }
            if polls[3 + 2 * index].revents != 0 { deliver(&flows[index], &broken) }
        }
        drop(broken)
        if polls[1].revents != 0 { accept() }
        return true
    }

    private func receive(_ flow: inout Flow, _ broken: inout Set<Int32>) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(flow.from, &buffer, buffer.count)
        if count > 0 {
            flow.pending = Array(buffer[..<count])
            deliver(&flow, &broken)
        } else if count == 0 {
            flow.ended = true
            shutdown(flow.to, Int32(SHUT_WR))
        } else if errno != EAGAIN {
            broken.insert(flow.from)
        }
    }

    private func deliver(_ flow: inout Flow, _ broken: inout Set<Int32>) {
        let count = send(flow.to, flow.pending, flow.pending.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        if count > 0 {
            flow.pending.removeFirst(count)
        } else if errno != EAGAIN {
            broken.insert(flow.to)
        }
    }

    private mutating func accept() {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard let server = try? Loopback.connect(to: target) else {
            reset(client)
            return
        }
        var yes: Int32 = 1
        for socket in [client, server] {
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        flows.append(Flow(from: client, to: server))
        flows.append(Flow(from: server, to: client))
    }

    /// Closes connections that have a broken socket, or that both ends have closed.
    private mutating func drop(_ broken: Set<Int32>) {
        for index in stride(from: flows.count - 2, through: 0, by: -2) {
            let (there, back) = (flows[index], flows[index + 1])
            let isBroken = broken.contains(there.from) || broken.contains(there.to)
            if isBroken {
                reset(there.from)
                reset(there.to)
            } else if there.ended, back.ended, there.pending.isEmpty, back.pending.isEmpty {
                close(there.from)
                close(there.to)
            } else {
                continue
            }
            flows.removeSubrange(index...index + 1)
        }
    }

    private mutating func dropAll(reset all: Bool) {
        for index in stride(from: 0, to: flows.count, by: 2) {
            for socket in [flows[index].from, flows[index].to] {
                if all { reset(socket) } else { close(socket) }
            }
        }
        flows = []
    }

    /// A socket closed with nothing to linger for is reset (socket(7), SO_LINGER).
    private func reset(_ socket: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close(socket)
    }
}
