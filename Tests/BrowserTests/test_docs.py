"""The API's page: it shows the document, and each example runs with one click."""

import json
import pathlib
import subprocess

from gateway import RESOURCES
from scene import Scene
from selenium.webdriver.common.keys import Keys

AUDIT = (pathlib.Path(__file__).parent / "audit.js").read_text()
DOCUMENT = json.loads((RESOURCES / "openapi.json").read_text())
OPERATIONS = [one for item in DOCUMENT["paths"].values() for one in item.values()]


class Docs(Scene):
    def setUp(self):
        super().setUp()
        self.gateway.demo = None
        self.addCleanup(setattr, self.gateway, "demo", self.backend.demo)
        self.browser.js("sessionStorage.setItem('reminders token', arguments[0])", self.backend.token(self.person))

    def open_docs(self, operation=""):
        self.browser.driver.get("about:blank")
        self.browser.driver.get(f"{self.gateway.url}/docs.html#{operation}")
        self.browser.wait(lambda: self.count(".operation") == len(OPERATIONS), "the operations are shown")

    def count(self, selector):
        return self.browser.js("return document.querySelectorAll(arguments[0]).length", selector)

    def text(self, selector):
        return self.browser.js("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def value(self, selector):
        return self.browser.js("return document.querySelector(arguments[0]).value", selector)

    def element(self, selector):
        return self.browser.driver.find_element("css selector", selector)

    def send(self, operation):
        """Sends its example; the status of the answer."""
        self.browser.js("document.querySelector(arguments[0]).replaceChildren()", f"#{operation} .result")
        self.element(f"#{operation} .send").click()
        self.browser.wait(lambda: self.text(f"#{operation} .result .status"), "an answer")
        return self.text(f"#{operation} .result .status")

    def set_body(self, operation, body):
        self.browser.js(
            "const field = document.getElementById(arguments[0]); field.value = arguments[1]; field.dispatchEvent(new Event('input'))",
            f"{operation}-body",
            json.dumps(body),
        )

    def test_every_operation_has_its_text_and_its_example(self):
        self.open_docs()
        self.browser.js("for (const one of document.querySelectorAll('.operation')) one.open = true")
        self.browser.wait(lambda: self.count(".operation .send") == len(OPERATIONS), "each can be tried")
        for operation in OPERATIONS:
            shown = self.text(f"#{operation['operationId']}")
            self.assertIn(operation["summary"], shown)
            for status in operation["responses"]:
                self.assertIn(status, shown)
            line = self.text(f"#{operation['operationId']} .curl pre")
            self.assertTrue(line.startswith("curl -i"), line)

    def test_an_example_runs_and_leads_to_the_next(self):
        self.open_docs("createReminder")
        self.assertEqual(self.send("createReminder"), "201")
        created = json.loads(self.text("#createReminder .result .block pre"))
        self.assertEqual(created["title"], "Case entered In Progress")
        self.assertIn("Get a reminder", self.text("#createReminder .result .next"))
        self.element("#createReminder .next a[href='#getReminder']").click()
        self.browser.wait(lambda: self.browser.js("return document.getElementById('getReminder').open"), "the next opens")
        self.assertEqual(self.value("#getReminder-id"), str(created["id"]))
        self.assertIn(f"/api/v1/sag/reminders/{created['id']}'", self.text("#getReminder .curl pre"))
        self.assertEqual(self.send("getReminder"), "200")

    def test_what_is_refused_is_shown(self):
        self.browser.js("sessionStorage.clear()")
        self.open_docs("getPreferences")
        self.assertEqual(self.send("getPreferences"), "401")

    def test_hostile_text_is_only_text(self):
        self.open_docs("createReminder")
        self.set_body("createReminder", {"title": "<img src=x onerror=alert(1)>", "scheduled_at": "2099-01-01T10:00:00Z"})
        self.assertEqual(self.send("createReminder"), "201")
        self.assertIn("<img src=x", self.text("#createReminder .result"))
        self.assertEqual(self.count("main img"), 0)

    def test_the_curl_line_is_valid_shell(self):
        self.open_docs("createReminder")
        line = self.text("#createReminder .curl pre")
        print_arguments = 'curl() { printf "%s\\0" "$@"; }\n'
        told = subprocess.run(["bash", "-c", print_arguments + line], env={"REMINDERS_TOKEN": "t"}, capture_output=True, text=True, check=True)
        *arguments, body = told.stdout.split("\0")[:-1]
        self.assertIn(f"{self.gateway.url}/api/v1/sag/123/reminders", arguments)
        self.assertIn("Authorization: Bearer t", arguments)
        self.assertEqual(json.loads(body)["message"], "Case #123 has moved to 'i_gang' status")

    def test_the_token_stays_in_the_tab(self):
        self.browser.js("localStorage.clear()")
        self.open_docs()
        self.assertEqual(self.value("#token"), self.backend.token(self.person))
        self.assertIn(f"user {self.person}", self.text("#token-state"))
        self.assertEqual(self.browser.js("return localStorage.length"), 0)
        self.browser.driver.refresh()
        self.browser.wait(lambda: self.value("#token") == self.backend.token(self.person), "it is still there")

    def test_in_the_demo_there_are_people_to_be(self):
        people = [("1", "Anna"), ("2", "Ben")]
        self.gateway.demo = {"users": [{"id": id, "name": name, "token": self.backend.token(id)} for id, name in people], "frontend": ""}
        self.browser.js("sessionStorage.clear()")
        self.open_docs()
        self.browser.wait(lambda: self.value("#person") == "1", "somebody is chosen")
        self.element("#person option[value='2']").click()
        self.assertEqual(self.value("#token"), self.backend.token("2"))

    def test_it_finds_operations(self):
        self.open_docs()
        self.element("#find").send_keys("snooze")
        shown = self.browser.js("return [...document.querySelectorAll('#index li:not([hidden])')].map((one) => one.innerText)")
        self.assertEqual(shown, [one for one in shown if "snooze" in one.lower()])
        self.assertTrue(0 < len(shown) < len(OPERATIONS), shown)

    def test_by_keyboard_alone(self):
        self.open_docs("snoozeReminder")
        self.assertIn("SNOOZE", self.browser.focused().upper())
        self.browser.press(Keys.ENTER)
        self.assertFalse(self.browser.js("return document.getElementById('snoozeReminder').open"))
        self.browser.press(Keys.ENTER)
        self.browser.js("document.querySelector('#snoozeReminder .send').focus()")
        self.browser.press(Keys.ENTER)
        self.browser.wait(lambda: self.text("#snoozeReminder .result .status"), "an answer")

    def test_it_can_be_read_by_everybody(self):
        for scheme, width in (("light", 1280), ("dark", 1280), ("light", 320)):
            with self.subTest(f"{scheme} {width}"):
                self.browser.emulate(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
                self.browser.command("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500)
                self.open_docs("createReminder")
                self.send("createReminder")
                self.assertEqual(self.browser.js(AUDIT), [])
                self.assertLessEqual(self.browser.js("return document.documentElement.scrollWidth"), width)
        self.browser.command("Emulation.clearDeviceMetricsOverride")
