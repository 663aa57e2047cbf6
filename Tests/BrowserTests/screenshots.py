"""Takes the pictures of docs/screenshots: called by scripts/screenshots."""

import base64
import contextlib
import pathlib
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from browser import ROOT, Browser  # noqa: E402
from gateway import Gateway  # noqa: E402
from mock import Mock  # noqa: E402
from mock.story import tell  # noqa: E402

WIDE, NARROW = (1280, 860), (390, 844)


class Camera:
    def __init__(self, directory, url, gateway):
        self.directory, self.url, self.gateway = pathlib.Path(directory), url, gateway
        self.directory.mkdir(parents=True, exist_ok=True)
        self.browser = Browser()

    def aim(self, path, size=WIDE, scheme="light", scale=1.25):
        width, height = size
        self.browser.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=size == NARROW)
        self.browser.emulate(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
        self.browser.driver.get(self.url + path)
        self.browser.wait_for_state("stream", "poll")
        self.settle()

    def settle(self):
        """Until nothing is looked for any more."""
        still = """const done = arguments[0]; const count = () => performance.getEntriesByType('resource').length;
            let before = -1; (function again() { if (count() === before) return done(); before = count(); setTimeout(again, 350) })()"""
        self.browser.driver.execute_async_script(still)

    def shoot(self, name, clip=None, whole=False):
        self.browser.command("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
        options = {"format": "png", "captureBeyondViewport": whole}
        if whole:
            size = self.browser.command("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 2400)}
        if clip:
            options["clip"] = {**clip, "scale": 1}
        picture = self.browser.command("Page.captureScreenshot", **options)["data"]
        (self.directory / f"{name}.png").write_bytes(base64.b64decode(picture))
        print(f"{name}.png")

    def js(self, script, *arguments):
        return self.browser.js(script, *arguments)

    def remind(self, title, message, priority="normal", seconds=0, case="123", **fields):
        """A reminder of the person who looks, by the API, from the page."""
        self.js(
            """const [title, message, priority, seconds, caseID, fields] = arguments;
            import('/pages/session.js').then(({ api }) => api('POST', `/sag/${caseID}/reminders`, { body: { title, message, priority,
              scheduled_at: new Date(Date.now() + seconds * 1000).toISOString(), notify_email: false, notify_mattermost: false, ...fields } }))""",
            title, message, priority, seconds, case, fields,
        )  # fmt: skip
        self.browser.wait(lambda: title in self.browser.titles(), f"“{title}” is shown", 15)

    def clear(self):
        """Answers everything that is shown."""
        while self.browser.titles():
            self.browser.click("Got it", within="li:first-child")
        with contextlib.suppress(AssertionError):
            self.browser.click("Close")

    def toast_clip(self, margin=24):
        box = self.js(f"return {ROOT}.querySelector('section').getBoundingClientRect().toJSON()")
        return {"x": box["x"] - margin, "y": box["y"] - margin, "width": box["width"] + 2 * margin, "height": box["height"] + 2 * margin}

    # What is shown

    def demo(self):
        for scheme in ("light", "dark"):
            self.aim("/", scheme=scheme, size=(1280, 1130))
            self.clear()
            self.js("document.querySelector('[name=seconds][value=\"3\"]').click(); document.getElementById('go').click()")
            arrived = "return document.querySelectorAll('#lanes .tag.good').length"
            self.browser.wait(lambda: self.js(arrived) == 3, "all three arrive", 20)
            self.browser.wait(lambda: self.js("return !document.querySelector('#why .empty')"), "the reasons", 20)
            self.shoot(f"demo-{scheme}")
            self.clear()
        self.aim("/", NARROW)
        self.shoot("demo-narrow")

    def mine(self):
        for scheme in ("light", "dark"):
            self.aim("/my.html", scheme=scheme, size=(1280, 1130))
            self.remind("Visit Nordlys", "They expect you at the reception.", case="140")
            self.settle()
            self.browser.wait(lambda: "Visit Nordlys" in self.js("return document.getElementById('now').innerText"), "it is listed")
            self.shoot(f"my-{scheme}")
            self.clear()
        self.aim("/my.html", NARROW)
        self.shoot("my-narrow")
        self.aim("/my.html", size=(1280, 1080))
        self.js("document.getElementById('new').click()")
        self.js(
            """const form = document.querySelector('dialog[open] form');
            const values = { sag_id: '131', title: 'Check the backup', message: 'Both servers, and a file restored.', repeat: 'custom',
              frequency: 'WEEKLY', interval: 2, scheduled_local: new Date(Date.now() + 864e5).toISOString().slice(0, 11) + '08:30' };
            for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
            for (const day of form.elements.weekdays) day.checked = ['MO', 'TH'].includes(day.value);
            form.dispatchEvent(new Event('input')); document.activeElement.blur()"""
        )
        self.shoot("editor")

    def log(self):
        for scheme in ("light", "dark"):
            self.aim("/log.html", scheme=scheme, size=(1280, 1250))
            self.shoot(f"log-{scheme}")
        self.js("document.querySelector('.opener').click()")
        self.settle()
        self.browser.emulate(prefers_color_scheme="light", prefers_reduced_motion="reduce")
        self.js("document.querySelector('#log-title').scrollIntoView(); scrollBy(0, -90)")
        self.shoot("log-delivery", clip={"x": 0, "y": self.js("return scrollY"), "width": 1280, "height": 760})
        self.aim("/log.html", NARROW)
        self.shoot("log-narrow")

    def popups(self):
        for scheme, size, language in (("light", WIDE, "en"), ("dark", WIDE, "da"), ("light", NARROW, "de")):
            self.aim("/my.html", size, scheme, scale=2)
            self.clear()
            self.js("document.querySelector('reminder-toasts').lang = arguments[0]", language)
            words = {
                "en": ("Call the customer back", "The router is replaced. Ask whether everything works.", "Server room is too warm", "31 °C and rising.", "Snooze"),
                "da": ("Ring til kunden", "Routeren er skiftet. Spørg, om alt virker.", "Serverrummet er for varmt", "31 °C og stigende.", "Udsæt"),
                "de": ("Kunden zurückrufen", "Der Router ist getauscht. Fragen, ob alles läuft.", "Serverraum zu warm", "31 °C und steigend.", "Später"),
            }[language]
            self.remind(words[0], words[1])
            self.remind(words[2], words[3], "urgent", recurrence_type="daily")
            if language == "da":
                self.browser.click(words[4], within="li:last-child")
                self.js("document.activeElement.shadowRoot?.activeElement?.blur()")
            name = "popup-narrow" if size == NARROW else f"popup-{scheme}"
            self.shoot(name, clip=None if size == NARROW else self.toast_clip())
            self.js("document.querySelector('reminder-toasts').lang = 'en'")
            self.clear()


def main():
    directory, *running = sys.argv[1:]
    mock = gateway = None
    if not running:
        mock = Mock()
        tell(mock)
        gateway = Gateway(mock.api.url, [instance.url for instance in mock.instances], mock.demo())
    url = urllib.parse.urljoin(running[0], "/").rstrip("/") if running else gateway.url
    camera = Camera(directory, url, gateway)
    try:
        camera.demo()
        camera.mine()
        camera.log()
        camera.popups()
    finally:
        camera.browser.quit()
        if mock:
            mock.stop()


main()
