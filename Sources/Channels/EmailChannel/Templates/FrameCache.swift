import Synchronization

/// The frames made so far, by shape.
final class FrameCache: Sendable {
    /// A service sees a few dozen shapes. Past this many all are forgotten, so that memory has a bound (1 MB).
    static let most = 200

    private let templates: EmailTemplates
    private let frames = Mutex<[TemplateShape: MailFrames]>([:])

    init(_ templates: EmailTemplates) {
        self.templates = templates
    }

    /// How many shapes are held.
    var count: Int { frames.withLock { $0.count } }

    /// The frames for a shape; nil only if a template is missing, which `EmailTemplates` rules out.
    func frames(for shape: TemplateShape) -> MailFrames? {
        if let known = frames.withLock({ $0[shape] }) { return known }
        guard let made = templates.frames(for: shape) else { return nil }
        frames.withLock { frames in
            if frames.count >= FrameCache.most { frames.removeAll() }
            frames[shape] = made
        }
        return made
    }
}
