import RemindersContracts
import RemindersDomain

/// The reasons of a decision as the ledger keeps them: `[{"rule": …, "value": …, "consequence": …}]`.
enum DecisionText {
    static func json(_ trace: [DecisionStep]) -> String {
        var writer = JSONWriter(capacity: 512)
        writer.beginArray()
        for step in trace {
            writer.beginObject()
            writer.write("rule", step.rule)
            writer.write("value", step.value)
            writer.write("consequence", step.consequence)
            writer.endObject()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
