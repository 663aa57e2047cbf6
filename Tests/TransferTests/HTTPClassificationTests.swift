import CCurl
import Testing

@testable import RemindersTransfer

@Suite("What the end of a POST means")
struct HTTPClassificationTests {
    private func verdict(_ change: (inout HTTPClassification.Facts) -> Void) -> TransferVerdict {
        var facts = HTTPClassification.Facts()
        change(&facts)
        return HTTPClassification.verdict(facts, now: 1_000_000_000)
    }

    @Test(
        "a status is classed, and the operator's faults are told from what was sent",
        arguments: [
            ([200, 201, 204], TransferResult.Outcome.delivered, TransferResult.Fault.none),
            ([413, 422], .rejected, .none),
            ([408, 425, 429, 500, 502, 503, 504, 599], .deferred(after: nil), .none),
            (
                [301, 302, 304, 308, 401, 402, 403, 404, 405, 407, 410, 426, 451, 501, 505, 511], .deferred(after: nil),
                .settings
            ),
            ([400, 406, 409, 411, 412, 415, 418, 431], .rejected, .policy),
        ])
    func byStatus(statuses: [Int], outcome: TransferResult.Outcome, fault: TransferResult.Fault) {
        for status in statuses {
            let verdict = verdict {
                $0.status = status
                $0.text = "said"
            }
            #expect(verdict.outcome == outcome, "\(status)")
            #expect(verdict.fault == fault, "\(status)")
            #expect(verdict.reply == "\(status) said")
            #expect(verdict.code == status)
        }
    }

    @Test("a status counts even when reading the body failed")
    func statusBeforeError() {
        #expect(
            verdict {
                $0.status = 200; $0.curlCode = CURLE_WRITE_ERROR; $0.requestSent = true
            }.outcome == .delivered)
        #expect(
            verdict {
                $0.status = 200; $0.curlCode = CURLE_OPERATION_TIMEDOUT
            }.outcome == .delivered)
    }

    @Test("Retry-After goes before X-Ratelimit-Reset")
    func waits() {
        #expect(
            verdict {
                $0.status = 429; $0.retryAfter = "7"; $0.rateLimitReset = "9"
            }.outcome == .deferred(after: .seconds(7)))
        #expect(
            verdict {
                $0.status = 429; $0.rateLimitReset = "9"
            }.outcome == .deferred(after: .seconds(9)))
        #expect(
            verdict {
                $0.status = 429; $0.retryAfter = "soon"; $0.rateLimitReset = "9"
            }.outcome == .deferred(after: .seconds(9)))
    }

    @Test("without an answer it is unknown once the request had gone, deferred before")
    func noAnswer() {
        for code in [CURLE_OPERATION_TIMEDOUT, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_SEND_FAIL_REWIND] {
            #expect(
                verdict {
                    $0.curlCode = code; $0.requestSent = true
                }.outcome == .unknown)
            #expect(verdict { $0.curlCode = code }.outcome == .deferred(after: nil))
        }
        #expect(verdict { $0.curlCode = CURLE_COULDNT_CONNECT }.outcome == .deferred(after: nil))
        #expect(verdict { $0.curlCode = CURLE_COULDNT_CONNECT }.fault == .none)
        #expect(verdict { $0.curlCode = CURLE_PEER_FAILED_VERIFICATION }.fault == .settings)
    }

    @Test("an interim response is no answer")
    func interim() {
        #expect(
            verdict {
                $0.status = 100; $0.curlCode = CURLE_GOT_NOTHING; $0.requestSent = true
            }.outcome == .unknown)
    }

    @Test("a refused address is the operator's to allow, and says why")
    func guarded() {
        let verdict = verdict {
            $0.curlCode = CURLE_COULDNT_CONNECT; $0.refusedAddress = "loopback"
        }
        #expect(verdict.outcome == .deferred(after: nil))
        #expect(verdict.fault == .settings)
        #expect(verdict.reply == "the host's address is not allowed: loopback")
    }
}

@Suite("Retry-After")
struct RetryAfterTests {
    // 2025-01-01T00:00:00Z
    private let now = 1_735_689_600

    @Test(
        "seconds, times and the three forms of HTTP dates are read",
        arguments: [
            ("120", 120), (" 5 ", 5), ("0", 0), ("1.2", 2), ("3.0", 3), ("1735689660", 60), ("1735689000", 0),
            ("Wed, 01 Jan 2025 00:01:30 GMT", 90), ("Wednesday, 01-Jan-25 00:01:30 GMT", 90),
            ("Wed Jan  1 00:01:30 2025", 90), ("Tue, 31 Dec 2024 00:00:00 GMT", 0),
            ("9999999", 86_400), ("99999999999999999999999", 86_400),
        ])
    func reads(text: String, seconds: Int) {
        #expect(RetryAfter.duration(text, now: now) == .seconds(seconds))
    }

    @Test("what cannot be read is nothing", arguments: ["", " ", "-5", "soon", "12 minutes", "1,5", "0x10", "٣"])
    func refuses(_ text: String) {
        #expect(RetryAfter.duration(text, now: now) == nil)
    }

    @Test("no header is nothing")
    func missing() {
        #expect(RetryAfter.duration(nil, now: now) == nil)
    }
}
