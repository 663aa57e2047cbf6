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
