import Crypto

func digest(_ text: String) -> SHA256Digest {
    SHA256.hash(data: Array(text.utf8))
}
