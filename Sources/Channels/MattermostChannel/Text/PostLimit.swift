/// How long the text of a post may be.
enum PostLimit {
    /// Characters (Unicode scalars) of a message: `PostMessageMaxRunesV2`, 65,535 bytes / 4, in
    /// server/public/model/post.go of Mattermost. A longer one is split into several posts (server/channels/app/
    /// webhook.go, `SplitWebhookPost`).
    static let text = 16_383

    /// Whether `bytes`, which are UTF-8, are no more than one post takes.
    static func fits(_ bytes: [UInt8]) -> Bool { scalars(bytes) <= text }

    /// `text` made harmless, cut at a character and ending in `…` if it would have more than `limit` scalars.
    static func markdown(_ text: String, lines: PostText.Lines, limit: Int = PostLimit.text) -> [UInt8] {
        let whole = PostText.bytes(text, lines: lines)
        guard scalars(whole) > limit else { return whole }
        let characters = Array(text)
        var fits = 0
        var tooMany = characters.count
        while tooMany - fits > 1 {
            let middle = fits + (tooMany - fits) / 2
            let part = PostText.bytes(String(characters[..<middle]), lines: lines)
            if scalars(part) < limit { fits = middle } else { tooMany = middle }
        }
        return PostText.bytes(String(characters[..<fits]), lines: lines) + Array("…".utf8)
    }

    private static func scalars(_ bytes: [UInt8]) -> Int {
        bytes.count { $0 & 0xC0 != 0x80 }
    }
}
