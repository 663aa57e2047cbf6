import RemindersGround
import Testing

@testable import RemindersPostgres

@Suite("Errors in print") struct PostgresErrorTests {
    @Test func valuesAndDetailsAreLeftOut() {
        var error = PostgresError(
            .server, "invalid input syntax for type integer: \"hun\"ter2\"", sqlState: "22P02", sql: "SELECT 1")
        error.detail = "Key (mail)=(a@example.org) already exists."
        var dumped = ""
        dump(error, to: &dumped)
        for text in ["\(error)", String(reflecting: error), dumped, "\([error])"] {
            #expect(!text.contains("ter2") && !text.contains("example.org"))
            #expect(text.contains("22P02"))
        }
    }

    @Test func aStatementIsCutAndPutOnOneLine() {
        let error = PostgresError(.server, "no", sql: "SELECT\n   1,\n" + String(repeating: "x", count: 200))
        #expect(error.sql?.hasPrefix("SELECT 1, xxx") == true)
        #expect(error.sql?.count == 120)
    }

    @Test func aRefusalsStateIsFoundInLibpqsMessage() {
        let start = "connection to server at \"127.0.0.1\", port 5432 failed: FATAL: "
        let end = "password authentication failed for user \"u\""
        let error = PostgresError.connectionFailure("\(start) 28P01: \(end)\nLOCATION:  auth_failed, auth.c:337\n")
        #expect(error.sqlState == "28P01")
        #expect(error.message == "\(start)\(end)")
        #expect(!error.isTransient)
        let refused = PostgresError.connectionFailure(
            "connection to server failed: Connection refused\n\tIs it running?")
        #expect(refused.sqlState == nil)
        #expect(refused.isRetryable)
    }

    @Test(arguments: [
        ("40001", true, true), ("40P01", true, true), ("08006", true, true), ("57P01", true, true),
        ("57P03", true, true), ("57014", true, false), ("55P03", true, false), ("23505", false, false),
        ("42P01", false, false), ("0A000", false, false), ("53100", true, false), ("25006", true, false),
        ("58030", true, false),
    ])
    func statesSayWhetherToTryAgain(_ state: String, _ transient: Bool, _ retryable: Bool) {
        var error = PostgresError(.server, "", sqlState: state)
        #expect(error.isTransient == transient)
        #expect(error.isRetryable == retryable)
        error.mayHaveTakenEffect = true
        #expect(!error.isRetryable)
    }

    /// What is of the values is final; what time, the operator or another version of the schema mends passes.
    @Test(arguments: [
        ("23505", FailureKind.final), ("23514", .final), ("22P02", .final), ("22021", .final), ("21000", .final),
        ("54000", .final), ("P0001", .final), ("XX001", .final), ("42P01", .passing), ("42703", .passing),
        ("42501", .passing), ("40001", .passing), ("57014", .passing), ("53100", .passing), ("25006", .passing),
        ("XX000", .passing),
    ])
    func statesSayWhoseFaultItIs(_ state: String, _ kind: FailureKind) {
        #expect(PostgresError(.server, "", sqlState: state).kind == kind)
    }

    @Test func codesSayWhoseFaultItIs() {
        for code in [PostgresError.Code.decode, .encode] { #expect(PostgresError(code, "").kind == .final) }
        for code in [PostgresError.Code.connection, .timeout, .commitInDoubt, .configuration, .closed, .cancelled] {
            #expect(PostgresError(code, "").kind == .passing)
        }
    }

    @Test func codesSayWhetherToTryAgain() {
        #expect(PostgresError(.connection, "").isRetryable)
        #expect(!PostgresError(.connection, "", sqlState: "28P01").isRetryable)
        #expect(!PostgresError(.commitInDoubt, "").isRetryable)
        #expect(PostgresError(.commitInDoubt, "").isTransient)
        for code in [PostgresError.Code.decode, .encode, .configuration, .closed, .cancelled] {
            #expect(!PostgresError(code, "").isTransient)
        }
    }

    @Test func channelNamesAreQuoted() {
        #expect(Listener.quoted("due") == "\"due\"")
        #expect(Listener.quoted("a\"; DROP TABLE t") == "\"a\"\"; DROP TABLE t\"")
    }
}
