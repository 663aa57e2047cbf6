import RemindersContracts
import RemindersDomain

extension JSONValue {
    /// This value after a merge patch (RFC 7396 §2): members of the patch replace those of the same name, `null` takes
    /// them away, and objects are merged in turn.
    func merged(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members: [JSONMember] = []
        if case .object(let own) = self { members = own }
        for change in changes {
            let index = members.firstIndex { $0.name.hasSameBytes(as: change.name) }
            if change.value == .null {
                if let index { members.remove(at: index) }
                continue
            }
            let old = index.map { members[$0].value } ?? .null
            let member = JSONMember(change.name, old.merged(with: change.value))
            if let index { members[index] = member } else { members.append(member) }
        }
        return .object(members)
    }

    /// An object without these members.
    func removing(_ names: Set<String>) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { !names.contains($0.name) })
    }
}
