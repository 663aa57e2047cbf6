import CoreMetrics
import Testing

@testable import RemindersServiceKit

@Suite struct MetricsTests {
    @Test func theExpositionIsAsPrometheusReadsIt() {
        let registry = PrometheusRegistry()
        registry.describe("reminders.deliveries", "Deliveries by\noutcome \\ channel.")
        registry.describe("reminders.wait", "Time waited.", buckets: [0.1, 1])
        registry.describe("batch.size", "Size.", buckets: [10])
        Counter(
            label: "reminders.deliveries", dimensions: [("outcome", "sent"), ("channel", "email")], factory: registry
        )
        .increment(by: 3)
        Counter(label: "reminders.deliveries", dimensions: [("outcome", "a\"b\\c\nd")], factory: registry).increment()
        Meter(label: "queue.depth", factory: registry).set(7.5)
        let timer = Timer(label: "reminders.wait", factory: registry)
        timer.recordMilliseconds(50)
        timer.recordMilliseconds(100)
        timer.recordSeconds(5)
        Recorder(label: "batch.size", factory: registry).record(4)
        Recorder(label: "last-value", dimensions: [("le", "x")], aggregate: false, factory: registry).record(2)
        FloatingPointCounter(label: "busy.seconds", factory: registry).increment(by: 0.25)
        #expect(
            registry.exposition() == #"""
                # HELP batch_size Size.
                # TYPE batch_size histogram
                batch_size_bucket{le="10"} 1
                batch_size_bucket{le="+Inf"} 1
                batch_size_sum 4
                batch_size_count 1
                # HELP busy_seconds_total busy.seconds
                # TYPE busy_seconds_total counter
                busy_seconds_total 0.25
                # HELP last_value last-value
                # TYPE last_value gauge
                last_value{exported_le="x"} 2
                # HELP queue_depth queue.depth
                # TYPE queue_depth gauge
                queue_depth 7.5
                # HELP reminders_deliveries_total Deliveries by\noutcome \\ channel.
                # TYPE reminders_deliveries_total counter
                reminders_deliveries_total{channel="email",outcome="sent"} 3
                reminders_deliveries_total{outcome="a\"b\\c\nd"} 1
                # HELP reminders_wait_seconds Time waited.
                # TYPE reminders_wait_seconds histogram
                reminders_wait_seconds_bucket{le="0.1"} 2
                reminders_wait_seconds_bucket{le="1"} 2
                reminders_wait_seconds_bucket{le="+Inf"} 3
                reminders_wait_seconds_sum 5.15
                reminders_wait_seconds_count 3

                """#)
    }

    @Test func countingFromManyTasksLosesNothing() async {
        let registry = PrometheusRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "n", factory: registry)
                    let timer = Timer(label: "t", factory: registry)
                    for _ in 0..<50_000 {
                        counter.increment()
                        timer.recordSeconds(1)
                    }
                }
            }
        }
        let text = registry.exposition()
        #expect(text.contains("n_total 400000\n"))
        #expect(text.contains("t_seconds_sum 400000\n"))
        #expect(text.contains("t_seconds_count 400000\n"))
    }

    @Test func aNameStandsForOneType() {
        let registry = PrometheusRegistry()
        Counter(label: "x.total", factory: registry).increment()
        Meter(label: "x_total", factory: registry).set(9)
        #expect(registry.exposition() == "# HELP x_total x.total\n# TYPE x_total counter\nx_total 1\n")
    }

    @Test func aDestroyedMetricIsGone() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "x", factory: registry)
        counter.destroy()
        #expect(registry.exposition() == "")
    }

    @Test func theProcessTellsWhatItIsAndCosts() throws {
        let text = ProcessMetrics(service: "email-sender").exposition()
        #expect(text.contains("reminders_build_info{service=\"email-sender\",version=\"0.1.0\"} 1\n"))
        for name in ["process_cpu_seconds_total", "process_open_fds", "process_resident_memory_bytes"] {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
            let value = try #require(Double(line.split(separator: " ")[1]))
            #expect(value > 0)
        }
    }
}
