import CoreMetrics
import Synchronization

/// Keeps the metrics of the process and writes them as Prometheus reads them.
///
/// Asking for a metric takes a lock and builds its key, so ask once and keep it. Counting is one atomic instruction,
/// observing a duration two.
///
/// Names follow Prometheus' conventions: dots become underscores, counters end in `_total`, timers in `_seconds`
/// (https://prometheus.io/docs/practices/naming/).
public final class PrometheusRegistry: MetricsFactory {
    private struct Description {
        var help: String
        var buckets: [Double]?
    }

    private struct State {
        var descriptions: [String: Description] = [:]
        var families: [String: PrometheusFamily] = [:]
    }

    private let state = Mutex(State())

    /// Starts without metrics.
    public init() {}

    /// Explains a metric to whoever reads `/metrics`. Call it before the metric is first asked for.
    ///
    /// - Parameters:
    ///   - label: the name as given to swift-metrics, such as `reminders.deliveries`.
    ///   - help: one sentence.
    ///   - buckets: the upper bounds of a timer's (in seconds) or recorder's buckets, in rising order, without infinity.
    public func describe(_ label: String, _ help: String, buckets: [Double]? = nil) {
        state.withLock { $0.descriptions[PrometheusName.metric(label)] = Description(help: help, buckets: buckets) }
    }

    /// The metric of that name and labels. If the name belongs to a metric of another type already, the result works
    /// but is not shown: a name stands for one type.
    private func handler<Handler: PrometheusSeries>(
        _ label: String, _ suffix: String, _ dimensions: [(String, String)], make: ([Double]?) -> Handler
    ) -> Handler {
        let base = PrometheusName.metric(label)
        let name = base.hasSuffix(suffix) ? base : base + suffix
        let labels = PrometheusName.labels(dimensions)
        return state.withLock { state in
            let description = state.descriptions[base]
            let family =
                state.families[name] ?? PrometheusFamily(type: Handler.type, help: description?.help ?? label)
            if let known = family.series[labels] as? Handler { return known }
            let handler = make(description?.buckets)
            guard family.type == Handler.type else { return handler }
            state.families[name] = family
            state.families[name]?.series[labels] = handler
            return handler
        }
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { state in
            for (name, family) in state.families {
                guard let labels = family.series.first(where: { $0.value === handler })?.key else { continue }
                state.families[name]?.series[labels] = nil
                if family.series.count == 1 { state.families[name] = nil }
            }
        }
    }

    /// The metrics in the text format 0.0.4 of Prometheus, families and series in order of their names.
    public func exposition() -> String {
        let families = state.withLock { $0.families }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            ExpositionText.append(family, name: name, to: &text)
        }
        return text
    }

    /// A number that only rises.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        handler(label, "_total", dimensions) { _ in PrometheusCounter() }
    }

    /// A number that only rises, with fractions.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        handler(label, "_total", dimensions) { _ in PrometheusFloatingPointCounter() }
    }

    /// A number that rises and falls.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        handler(label, "", dimensions) { _ in PrometheusGauge() }
    }

    /// A histogram, or with `aggregate: false` a number that rises and falls.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return handler(label, "", dimensions) { _ in PrometheusGauge() } }
        let usual = label.hasSuffix("seconds") ? PrometheusHistogram.secondBuckets : PrometheusHistogram.countBuckets
        return handler(label, "", dimensions) { PrometheusHistogram(buckets: $0 ?? usual) }
    }

    /// A histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        handler(label, "_seconds", dimensions) { PrometheusHistogram(buckets: $0 ?? PrometheusHistogram.secondBuckets) }
    }

    /// Forgets a metric.
    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    /// Forgets a metric.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    /// Forgets a metric.
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    /// Forgets a metric.
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    /// Forgets a metric.
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}

/// Names and labels as Prometheus allows them (https://prometheus.io/docs/concepts/data_model/).
enum PrometheusName {
    /// `reminders.due.lag` becomes `reminders_due_lag`.
    static func metric(_ label: String) -> String {
        sanitised(label, allowsColon: true)
    }

    /// Labels in order of their names, `channel="email",outcome="sent"`; the last of two with the same name counts.
    static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        var values: [String: String] = [:]
        for (name, value) in dimensions {
            let name = sanitised(name, allowsColon: false)
            // "le" is the label of a histogram's buckets.
            values[name == "le" ? "exported_le" : name] = value
        }
        return values.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escapedLabel($0.value))\"" }
            .joined(separator: ",")
    }

    private static func sanitised(_ name: String, allowsColon: Bool) -> String {
        let characters = name.map { character -> Character in
            let isAllowed =
                character.isASCII && (character.isLetter || character.isNumber || character == "_")
                || allowsColon && character == ":"
            return isAllowed ? character : "_"
        }
        let name = String(characters)
        return name.first.map { !$0.isNumber } ?? false ? name : "_" + name
    }

    static func escapedLabel(_ value: String) -> String {
        escapedHelp(value).replacing("\"", with: "\\\"")
    }

    static func escapedHelp(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\\\r"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// The text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
enum ExpositionText {
    /// What a scraper is told the text is.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    static func append(_ family: PrometheusFamily, name: String, to text: inout String) {
        text += "# HELP \(name) \(PrometheusName.escapedHelp(family.help))\n# TYPE \(name) \(family.type.rawValue)\n"
        for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
            series.append(name: name, labels: labels, to: &text)
        }
    }

    static func append(_ name: String, _ labels: String, _ value: String, to text: inout String) {
        text += name
        if !labels.isEmpty { text += "{\(labels)}" }
        text += " \(value)\n"
    }

    /// Whole numbers without a fraction, infinities as Prometheus writes them.
    static func number(_ value: Double) -> String {
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.isNaN { return "NaN" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }
}
