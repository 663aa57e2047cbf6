import RemindersSending

@testable import RemindersEmailChannel

/// `RenderingError` in a form that tests can compare.
struct RenderingFailure: Error, Equatable {
    let field: String
    let description: String
}

/// Renders a mail that is expected to be refused.
func failing(_ change: (inout Draft) -> Void) throws {
    do {
        _ = try EmailChannel.make().mail(change)
    } catch let error as RenderingError {
        throw RenderingFailure(field: error.field, description: error.description)
    }
}
