import CoreMetrics
import Synchronization

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
