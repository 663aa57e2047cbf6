/// A message of alternative parts (RFC 2046 §5.1.4), the plainest first.
struct MultipartMessage {
    private var bytes: [UInt8]
    private let delimiter: [UInt8]

    /// Begins the message after its own headers.
    ///
    /// - Parameter boundary: at most 70 characters. When it begins with `=_`, no quoted-printable text can hold it
    ///   (RFC 2045 §6.7).
    init(headers: HeaderWriter, boundary: String) {
        delimiter = [UInt8]("--".utf8) + boundary.utf8
        bytes = headers.bytes
        append("MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"")
        bytes.append(contentsOf: boundary.utf8)
        append("\"\r\n\r\n")
    }

    /// Appends a part of UTF-8 text whose lines end in LF.
    mutating func append(part text: [UInt8], type: StaticString) {
        bytes.append(contentsOf: delimiter)
        append("\r\nContent-Type: ")
        append(type)
        append("; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
        text.withUnsafeBufferPointer { QuotedPrintable.append($0, to: &bytes) }
    }

    /// The whole message.
    consuming func finish() -> [UInt8] {
        bytes.append(contentsOf: delimiter)
        append("--\r\n")
        return bytes
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
