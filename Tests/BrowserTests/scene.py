"""What every browser test starts from: a site, a browser, and a person of its own who is logged in."""

import os
import unittest
import urllib.parse

from backend import backend
from browser import Browser
from gateway import Gateway

needs_mock = unittest.skipIf(os.environ.get("REMINDERS_BROWSER_API"), "the mock is asked to misbehave")
needs_kill = unittest.skipIf(
    os.environ.get("REMINDERS_BROWSER_API") and not os.environ.get("REMINDERS_BROWSER_KILL"), "nothing may be killed"
)


class Scene(unittest.TestCase):
    """`backend`, `gateway` and `browser` are shared by all tests."""

    backend = gateway = browser = None

    @classmethod
    def raise_curtain(cls):
        Scene.backend = backend()
        Scene.gateway = Gateway(cls.backend.api, cls.backend.streams, cls.backend.demo)
        Scene.browser = Browser()

    @classmethod
    def lower_curtain(cls):
        for one in (cls.browser and cls.browser.quit, cls.gateway and cls.gateway.process.kill, cls.backend and cls.backend.stop):
            if one:
                one()

    def setUp(self):
        self.gateway.mend()
        self.gateway.violations.clear()
        self.browser.start_afresh(self.gateway.url)
        self.person = self.backend.person()
        self.log_in(self.person)

    def tearDown(self):
        self.browser.close_tabs_but_one()
        self.assertEqual(self.gateway.violations, [], "the content security policy was violated")

    def log_in(self, user, scope=""):
        self.browser.js("localStorage.setItem('access_token', arguments[0])", self.backend.token(user, scope))

    def open(self, path="/page", **options):
        """A page with the widget; options are attributes of it, with - for _."""
        query = urllib.parse.urlencode({name.replace("_", "-"): value for name, value in options.items()})
        self.browser.driver.get(f"{self.gateway.url}{path}?{query}")

    def open_connected(self, **options):
        self.open(**options)
        self.browser.wait_for_state("stream")

    def remind(self, title="Follow up", **fields):
        return self.backend.remind(self.person, title, **fields)

    def streams(self):
        token = f"Bearer {self.backend.token(self.person)}"
        return [stream for stream in self.gateway.streams if stream["token"] == token]

    def wait_for_streams(self, count, seconds=10):
        self.browser.wait(lambda: len(self.streams()) == count, f"{len(self.streams())} streams are open, not {count}", seconds)

    def wait_for_pending(self, *titles):
        found = []

        def same():
            found[:] = sorted(self.backend.pending(self.person))
            return found == sorted(titles)

        try:
            self.browser.wait(same, "")
        except AssertionError:
            raise AssertionError(f"{found} is pending, not {sorted(titles)}") from None
