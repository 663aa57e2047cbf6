import Glibc
import Testing

@testable import RemindersServiceKit

/// Ends of processes, each in a process of its own.
@Suite struct ProcessEndTests {
    @Test func wrongSettingsEndTheProcessWithTheirOwnCode() async {
        let result = await #expect(
            processExitsWith: .exitCode(ExitCode.configuration.rawValue),
            observing: [\.standardErrorContent, \.standardOutputContent]
        ) {
            var settings = SettingsReader(service: "email-sender", arguments: ["email-sender"], environment: [:])
            _ = settings.string("EMAIL_SMTP_HOST", default: nil, doc: "")
            settings.validateOrExit()
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("email-sender: the configuration has 1 error, nothing was started\n  EMAIL_SMTP_HOST: "))
    }

    @Test func helpGoesToStandardOutputAndIsASuccess() async {
        let result = await #expect(
            processExitsWith: .exitCode(ExitCode.success.rawValue), observing: [\.standardOutputContent]
        ) {
            var settings = SettingsReader(
                service: "email-sender", arguments: ["email-sender", "--help"], environment: [:])
            settings.validateOrExit()
        }
        let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        #expect(text.contains("usage: email-sender"))
    }

    @Test func theFirstInterruptIsTakenAndTheSecondEndsTheProcessAtOnce() async {
        await #expect(processExitsWith: .exitCode(ExitCode.interrupted.rawValue)) {
            let signals = StopSignals()
            kill(getpid(), SIGINT)
            var iterator = signals.stream.makeAsyncIterator()
            guard await iterator.next() == .interrupt else { exit(1) }
            kill(getpid(), SIGINT)
            _ = await iterator.next()
            withExtendedLifetime(signals) {}
        }
    }
}
