import Hummingbird
import RemindersHTTPService

extension Request {
    /// Makes sure that there is no query where nothing would be read from it.
    ///
    /// - Throws: `Problem`, 400.
    func requireNoQuery() throws(Problem) {
        var query = QueryReader(self)
        try query.check()
    }

    /// Makes sure that a change is meant for this version of a resource.
    ///
    /// - Parameter representation: the resource as it is; nil, when there is none, matches no version.
    /// - Throws: `Problem`, 412.
    func requireMatch(with representation: [UInt8]?) throws(Problem) {
        if let representation {
            try EntityTag(of: representation).requireMatch(self)
        } else if headers[.ifMatch] != nil {
            throw .preconditionFailed
        }
    }
}
