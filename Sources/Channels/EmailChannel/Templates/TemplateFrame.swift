import Mustache
import RemindersDomain

/// A template rendered for one shape, with slots where the values go.
///
/// swift-mustache takes 70 µs for the two parts of a mail, most of it for finding values by name and for escaping
/// `Character` by `Character`. So it renders each shape once, with placeholders for values, and a mail is put
/// together from the pieces in between; that takes a few µs.
struct TemplateFrame: Sendable {
    private enum Piece: Sendable {
        case literal([UInt8])
        case slot(TemplateSlot)
    }

    private let pieces: [Piece]
    private let kind: TemplateKind

    /// Renders `template`, which is for `kind`, for `shape`. A subject becomes one line.
    init(_ template: MustacheTemplate, kind: TemplateKind, shape: TemplateShape) {
        let rendered = template.render(FrameContext(shape: shape))
        var bytes: [UInt8] = []
        UserText(destination: .plain, lines: kind == .subject ? .joined : .kept).append(rendered, to: &bytes)
        pieces = TemplateFrame.split(bytes)
        self.kind = kind
    }

    /// Appends the text with the values in their slots.
    func append(_ values: TemplateValues, to output: inout [UInt8]) {
        let joined = UserText(destination: kind.destination, lines: .joined, isInBody: kind != .subject)
        let kept = UserText(destination: kind.destination, lines: .kept, isInBody: kind != .subject)
        for piece in pieces {
            switch piece {
            case .literal(let bytes): output.append(contentsOf: bytes)
            case .slot(let slot): (slot.hasLines ? kept : joined).append(values[slot], to: &output)
            }
        }
    }

    private static func split(_ bytes: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var start = 0
        var position = 0
        while position + 2 < bytes.count {
            guard bytes[position] == 0xEF, bytes[position + 1] == 0xB7,
                let slot = TemplateSlot(placeholderByte: bytes[position + 2])
            else {
                position += 1
                continue
            }
            if position > start { pieces.append(.literal(Array(bytes[start..<position]))) }
            pieces.append(.slot(slot))
            position += 3
            start = position
        }
        if start < bytes.count { pieces.append(.literal(Array(bytes[start...]))) }
        return pieces
    }
}

/// What a template sees while its frame is made.
private struct FrameContext: MustacheParent {
    let shape: TemplateShape

    func child(named name: String) -> Any? {
        if let slot = TemplateSlot.byKey[name] { return shape.contains(slot) ? slot.placeholder : nil }
        return TemplateConstant.value(of: name, for: shape)
    }
}
