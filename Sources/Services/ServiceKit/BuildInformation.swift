/// What was built.
public enum BuildInformation {
    /// The version of the project, by semantic versioning.
    public static let version = "0.1.0"
}
