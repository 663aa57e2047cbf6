"""Accessibility of every page, in light and dark, wide and narrow.

With AXE_CORE naming an axe.min.js (axe-core), its rules are checked as well.
"""

import os
import pathlib
import unittest

from scene import Scene
from selenium.webdriver.common.keys import Keys

AUDIT = (pathlib.Path(__file__).parent / "audit.js").read_text()
PAGES = ("/", "/my.html", "/log.html")
NAMED = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "img", "dialog", "region", "navigation",
         "spinbutton", "Date", "InputTime", "DateTime", "listbox", "group", "form", "menuitem", "heading"}  # fmt: skip


class EveryPage(Scene):
    def setUp(self):
        super().setUp()
        self.browser.js("sessionStorage.setItem('reminders token', arguments[0])", self.backend.token(self.person, "admin"))
        self.gateway.demo = None
        self.addCleanup(setattr, self.gateway, "demo", self.backend.demo)
        self.emulate()
        self.remind("A daily one", recurrence_type="daily", priority="urgent", message="With a message")
        self.remind("Another one", priority="high")
        self.wait_for_pending("A daily one", "Another one")

    def open_page(self, path):
        self.browser.driver.get(self.gateway.url + path)
        self.browser.wait(lambda: len(self.browser.titles()) == 2, "the pop-ups are shown")

    def emulate(self, **features):
        # Contrast is measured when nothing fades in any more.
        self.browser.emulate(prefers_reduced_motion="reduce", **features)

    def narrow(self, width=320):
        self.browser.command("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=True)

    def audit(self, path):
        self.assertEqual(self.browser.js(AUDIT), [], path)
        tree = self.browser.command("Accessibility.getFullAXTree")["nodes"]
        nameless = [
            node["role"]["value"]
            for node in tree
            if not node.get("ignored") and node.get("role", {}).get("value") in NAMED - {"group", "form"} and not node.get("name", {}).get("value")
        ]
        self.assertEqual(nameless, [], f"{path}: controls without a name")
        if os.environ.get("AXE_CORE"):
            self.browser.js(pathlib.Path(os.environ["AXE_CORE"]).read_text())
            script = "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then((r) => done(r.violations))"
            found = self.browser.driver.execute_async_script(script)
            self.assertEqual([f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found], [], path)

    def test_light(self):
        for path in PAGES:
            with self.subTest(path):
                self.open_page(path)
                self.audit(path)

    def test_dark(self):
        self.emulate(prefers_color_scheme="dark")
        for path in PAGES:
            with self.subTest(path):
                self.open_page(path)
                self.audit(path)

    def test_narrow(self):
        self.narrow()
        for path in PAGES:
            with self.subTest(path):
                self.open_page(path)
                self.audit(path)

    def test_the_editor_and_an_open_snooze(self):
        self.open_page("/my.html")
        self.browser.click("Snooze")
        self.audit("snooze")
        self.browser.driver.find_element("id", "new").click()
        self.browser.wait(lambda: self.browser.js("return document.querySelector('dialog[open] form')"), "the editor opens")
        self.audit("editor")

    def test_the_question_who_one_is(self):
        self.browser.js("sessionStorage.clear()")
        self.browser.driver.get(self.gateway.url + "/my.html")
        self.browser.wait(lambda: self.browser.js("return document.querySelector('dialog[open]') !== null"), "it asks")
        self.audit("sign in")

    def test_everything_is_reached_by_tab_and_seen_when_it_is(self):
        for path in PAGES:
            with self.subTest(path):
                self.open_page(path)
                wanted = self.browser.js(
                    """const roots = [document, document.querySelector('reminder-toasts').shadowRoot];
                    window.reached = new Set();
                    return roots.flatMap((root) => [...root.querySelectorAll('button, a[href], input, select, textarea')])
                      .filter((one) => one.checkVisibility() && !one.disabled && !one.matches('dialog *')
                        && !(one.type === 'radio' && !one.checked)).length"""
                )
                self.browser.js("document.body.tabIndex = -1; document.body.focus()")
                unseen = set()
                for _ in range(min(wanted, 60) + 25):
                    self.browser.press(Keys.TAB)
                    problem = self.browser.js(
                        """let one = document.activeElement;
                        while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
                        window.reached.add(one);
                        const {outlineStyle, outlineWidth} = getComputedStyle(one);
                        const marked = outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
                        return marked || one === document.body || one.closest('.choice') ? null : one.outerHTML.slice(0, 120)"""
                    )
                    unseen |= {problem} - {None}
                self.assertEqual(unseen, set(), "the focus cannot be seen")
                controls = "return [...window.reached].filter((one) => one.matches('button, a, input, select, textarea')).length"
                self.assertGreaterEqual(self.browser.js(controls), min(wanted, 60))
