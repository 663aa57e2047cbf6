"""What the files of the widget promise of themselves; these need no browser."""

import gzip
import pathlib
import re
import unittest

from gateway import RESOURCES, content_of

LIMIT = 12_000  # bytes, gzipped


class Widget(unittest.TestCase):
    source = content_of(RESOURCES / "reminders-toast.js").decode()

    def test_it_is_small(self):
        self.assertLessEqual(len(gzip.compress(self.source.encode(), 9)), LIMIT)

    def test_it_needs_nothing_else(self):
        self.assertEqual(re.findall(r"^\s*import\b.*|\bimport\(.*|\brequire\(.*", self.source, re.MULTILINE), [])

    def test_text_never_becomes_markup_or_code(self):
        dangerous = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|DOMParser"
        for file in filter(pathlib.Path.is_file, RESOURCES.rglob("*.js")):
            with self.subTest(file.name):
                self.assertEqual(re.findall(rf".*(?:{dangerous}).*", file.read_text()), [])

    def test_every_language_has_every_word(self):
        catalogues = re.findall(r"^  (\w\w): \{\n(.*?)^  \},", self.source, re.MULTILINE | re.DOTALL)
        names = {language: re.findall(r"^    (\w+):", words, re.MULTILINE) for language, words in catalogues}
        self.assertEqual(sorted(names), ["da", "de", "en"])
        for language, found in names.items():
            self.assertEqual(found, names["en"], language)
