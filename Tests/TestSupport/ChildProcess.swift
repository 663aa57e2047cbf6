import Foundation
import Glibc
import RemindersGround

/// How a process ended.
public enum ProcessEnding: Equatable, Sendable {
    /// It ended by itself with this status.
    case exited(Int32)
    /// This signal ended it.
    case signalled(Int32)

    /// From what waitpid(2) reports.
    init(status: Int32) {
        self = status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .signalled(status & 0x7F)
    }
}

/// A program that could not be started.
public struct NotStarted: Error {
    /// Its path.
    public let program: String
    /// errno
    public let number: Int32
}

/// A process of ours that inherits nothing but what it is given. (Foundation's `Process` learns of the end by a socket
/// that any other child may hold open, so that it waits for ever when another test has a child of its own.)
final class ChildProcess: Sendable {
    private enum State {
        case running([CheckedContinuation<ProcessEnding, Never>])
        case ended(ProcessEnding)
    }

    /// What posix_spawn(3) can't be told from Swift: to close what this process has open, and the working directory.
    private static let becomeTheProgram = """
        if [[ $1 != - ]]; then ulimit -n "$1"; fi; shift
        for file in /proc/self/fd/*; do number=${file##*/}; if ((number > 2)); then exec {number}>&-; fi; done
        cd "$1" && shift && exec "$@"
        """

    let processIdentifier: pid_t
    private let state = Locked(State.running([]))

    /// Starts a program, with its output in files that exist.
    ///
    /// - Parameter descriptors: how many files it may have open; nil for as many as this process.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], output: URL, errors: URL,
        directory: URL = Scratch.root, descriptors: Int? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.path, O_WRONLY | O_APPEND, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.path, O_WRONLY | O_APPEND, 0)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var pid: pid_t = 0
        guard access(program, X_OK) == 0 else { throw NotStarted(program: program, number: errno) }
        let limit = descriptors.map { "\($0)" } ?? "-"
        let call = ["bash", "-c", Self.becomeTheProgram, "bash", limit, directory.path, program] + arguments
        let number = Self.withCStrings(call) { argv in
            Self.withCStrings(environment.map { "\($0)=\($1)" }) { envp in
                posix_spawn(&pid, "/bin/bash", &actions, &attributes, argv, envp)
            }
        }
        guard number == 0 else { throw NotStarted(program: program, number: number) }
        processIdentifier = pid
        let thread = Thread { [self] in reap() }
        thread.name = "wait for \(pid)"
        thread.start()
    }

    /// How it ended; nil while it runs.
    var ending: ProcessEnding? {
        state.withLock { if case .ended(let ending) = $0 { ending } else { nil } }
    }

    /// Waits for the end.
    func end() async -> ProcessEnding {
        await withCheckedContinuation { waiting in
            let ending: ProcessEnding? = state.withLock { state in
                switch state {
                case .ended(let ending): return ending
                case .running(let others):
                    state = .running(others + [waiting])
                    return nil
                }
            }
            if let ending { waiting.resume(returning: ending) }
        }
    }

    /// Sends a signal, unless it has ended.
    func signal(_ number: Int32) {
        state.withLock { if case .running = $0 { _ = kill(processIdentifier, number) } }
    }

    private func reap() {
        // The process id stays taken until waitpid is called, which is done under the lock: nobody else can be hit.
        var information = siginfo_t()
        while waitid(P_PID, id_t(processIdentifier), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        let (ending, waiting) = state.withLock {
            state -> (ProcessEnding, [CheckedContinuation<ProcessEnding, Never>]) in
            var status: Int32 = 0
            waitpid(processIdentifier, &status, 0)
            let ending = ProcessEnding(status: status)
            guard case .running(let waiting) = state else { return (ending, []) }
            state = .ended(ending)
            return (ending, waiting)
        }
        for continuation in waiting { continuation.resume(returning: ending) }
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        return copies.withUnsafeBufferPointer { buffer in
            // Not empty: it ends with nil.
            body(buffer.baseAddress.unsafelyUnwrapped)
        }
    }
}
