import Glibc

/// What the process costs, and what it is, read when asked for.
///
/// The names are those of Prometheus' own client libraries
/// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
public struct ProcessMetrics: Sendable {
    private let service: String
    private let started: Double

    /// - Parameter service: the name of the program.
    public init(service: String) {
        self.service = service
        let now = LogTime.now
        started = Double(now.seconds) + Double(now.microseconds) / 1e6
    }

    /// The metrics in the text format of Prometheus.
    public func exposition() -> String {
        var text = ""
        let labels = PrometheusName.labels([("service", service), ("version", BuildInformation.version)])
        append("reminders_build_info", .gauge, "What was built; always 1.", labels, "1", to: &text)
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            append("process_max_fds", .gauge, "How many files may be open.", "", "\(limit.rlim_cur)", to: &text)
        }
        let cpu = ExpositionText.number(Self.cpuSeconds)
        append("process_cpu_seconds_total", .counter, "CPU time used, in seconds.", "", cpu, to: &text)
        if let count = Self.openFileCount {
            append("process_open_fds", .gauge, "How many files are open.", "", "\(count)", to: &text)
        }
        if let bytes = Self.residentBytes {
            append("process_resident_memory_bytes", .gauge, "Memory in use, in bytes.", "", "\(bytes)", to: &text)
        }
        let start = ExpositionText.number(started)
        append("process_start_time_seconds", .gauge, "When it started, in Unix time.", "", start, to: &text)
        return text
    }

    private func append(
        _ name: String, _ type: PrometheusType, _ help: String, _ labels: String, _ value: String, to text: inout String
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type.rawValue)\n"
        ExpositionText.append(name, labels, value, to: &text)
    }

    private static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The second number of /proc/self/statm, in pages (proc(5)).
    static var residentBytes: Int? {
        guard let text = try? SettingFile.text("/proc/self/statm") else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static var openFileCount: Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Not counted: ".", ".." and the descriptor of the listing itself.
        return count - 3
    }
}
