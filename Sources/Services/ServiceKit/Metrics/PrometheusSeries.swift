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

/// Counts observations by size.
final class PrometheusHistogram: TimerHandler, RecorderHandler, PrometheusSeries {
    /// For durations in seconds: from half a millisecond (one message) to five minutes (a retry).
    static let secondBuckets: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ]
    /// For how many, such as the size of a batch.
    static let countBuckets: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]

    static let type = PrometheusType.histogram

    /// One number that many threads count up.
    private final class Cell: Sendable {
        let count = Atomic<UInt64>(0)
    }

    private let bounds: [Double]
    /// How many fell between the bound before and this one; the last cell is for what lies beyond all bounds.
    private let cells: [Cell]
    private let sum = AtomicDouble()

    init(buckets: [Double]) {
        bounds = buckets
        cells = (0...buckets.count).map { _ in Cell() }
    }

    func recordNanoseconds(_ duration: Int64) {
        record(Double(duration) / 1e9)
    }

    func record(_ value: Int64) {
        record(Double(value))
    }

    func record(_ value: Double) {
        // A NaN would make the sum one for ever.
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        cells[index].count.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    func append(name: String, labels: String, to text: inout String) {
        let prefix = labels.isEmpty ? "" : labels + ","
        var count: UInt64 = 0
        for (index, cell) in cells.enumerated() {
            count += cell.count.load(ordering: .relaxed)
            let bound = index < bounds.count ? ExpositionText.number(bounds[index]) : "+Inf"
            ExpositionText.append(name + "_bucket", prefix + "le=\"\(bound)\"", "\(count)", to: &text)
        }
        ExpositionText.append(name + "_sum", labels, ExpositionText.number(sum.value), to: &text)
        ExpositionText.append(name + "_count", labels, "\(count)", to: &text)
    }
}
