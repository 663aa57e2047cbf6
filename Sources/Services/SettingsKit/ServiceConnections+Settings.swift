import RemindersDomain
import RemindersServiceKit
import RemindersServices

extension ServiceConnections {
    /// The connections of settings that were found valid.
    ///
    /// - Throws: for a URL that `CommonSettings` had refused.
    public init(_ common: CommonSettings) throws {
        try self.init(
            databaseURL: common.databaseURL.reveal(), brokerURL: common.brokerURL.reveal(),
            poolSize: common.databasePoolSize, allowsClearText: true)
        // What the settings do not allow was refused where they were read.
        declaresTopology = common.topology == .declare
        deployment = common.deployment.flatMap { DeploymentName($0) }
    }
}
