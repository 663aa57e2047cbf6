import CoreMetrics
import Synchronization

/// The type of a metric, as its TYPE line says it.
enum PrometheusType: String, Sendable {
    case counter, gauge, histogram
}

/// One metric with one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    static var type: PrometheusType { get }
    /// Appends its sample lines.
    func append(name: String, labels: String, to text: inout String)
}

/// All metrics of one name.
struct PrometheusFamily: Sendable {
    let type: PrometheusType
    let help: String
    /// By their labels.
    var series: [String: any PrometheusSeries] = [:]
}

/// Counts whole things.
final class PrometheusCounter: CounterHandler, PrometheusSeries {
    static let type = PrometheusType.counter
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    func append(name: String, labels: String, to text: inout String) {
        ExpositionText.append(name, labels, "\(value.load(ordering: .relaxed))", to: &text)
    }
}

/// Sums up numbers with fractions, such as seconds.
final class PrometheusFloatingPointCounter: FloatingPointCounterHandler, PrometheusSeries {
    static let type = PrometheusType.counter
    private let value = AtomicDouble()

    func increment(by amount: Double) {
        value.add(amount)
    }

    func reset() {
        value.set(0)
    }

    func append(name: String, labels: String, to text: inout String) {
        ExpositionText.append(name, labels, ExpositionText.number(value.value), to: &text)
    }
}

/// Holds the last number.
final class PrometheusGauge: MeterHandler, RecorderHandler, PrometheusSeries {
    static let type = PrometheusType.gauge
    private let value = AtomicDouble()

    func set(_ value: Int64) { self.value.set(Double(value)) }
    func set(_ value: Double) { self.value.set(value) }
    func increment(by amount: Double) { value.add(amount) }
    func decrement(by amount: Double) { value.add(-amount) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func append(name: String, labels: String, to text: inout String) {
        ExpositionText.append(name, labels, ExpositionText.number(value.value), to: &text)
    }
}

/// A `Double` that many threads add to.
final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double {
        Double(bitPattern: bits.load(ordering: .relaxed))
    }

    func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    func add(_ amount: Double) {
        var known = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: known) + amount).bitPattern
            let (isDone, current) = bits.weakCompareExchange(expected: known, desired: sum, ordering: .relaxed)
            if isDone { return }
            known = current
        }
    }
}
