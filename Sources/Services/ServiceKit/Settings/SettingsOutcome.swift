import Glibc

/// What follows from the settings once all of them are read.
public enum SettingsOutcome: Sendable, Equatable {
    /// The service may run.
    case valid
    /// Something was asked for (`--help`, `--print-config` …): print this on standard output and end with success.
    case answer(String)
    /// The settings are wrong: print this on standard error and end with `ExitCode.configuration`.
    case refused(String)
}

extension SettingsReader {
    /// Decides what follows. Call it once, after every setting is read.
    public mutating func outcome() -> SettingsOutcome {
        let errors = takeErrors()
        switch request {
        case .help: return .answer(SettingsText.help(self))
        case .version: return .answer("\(service) \(BuildInformation.version)\n")
        case .printConfiguration where errors.isEmpty: return .answer(SettingsText.configuration(self))
        case .checkConfiguration where errors.isEmpty:
            let warnings = warnings.map { "warning: \($0)\n" }.joined()
            return .answer("\(warnings)\(service): the configuration is valid\n")
        default: return errors.isEmpty ? .valid : .refused(SettingsText.refusal(self, errors: errors))
        }
    }

    /// Returns if the service may run. Otherwise prints what there is to say and ends the process: with 0 after
    /// `--help` and the like, with 78 (`EX_CONFIG` of sysexits.h) when anything is wrong.
    public mutating func validateOrExit() {
        switch outcome() {
        case .valid:
            return
        case .answer(let text):
            LogOutput(descriptor: STDOUT_FILENO).write(Array(text.utf8))
            exit(ExitCode.success.rawValue)
        case .refused(let text):
            LogOutput.standardError.write(Array(text.utf8))
            exit(ExitCode.configuration.rawValue)
        }
    }
}
