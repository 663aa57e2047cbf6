"""A real Chromium without a window, and what the tests ask of it."""

import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains

ROOT = "document.querySelector('reminder-toasts').shadowRoot"


class Browser:
    def __init__(self, width=1280, height=900):
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "hide-scrollbars",
                         "disable-background-networking", "no-first-run", "disable-extensions", "lang=en-GB",
                         f"window-size={width},{height}"):  # fmt: skip
            options.add_argument(f"--{argument}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(20)
        self.driver.set_page_load_timeout(30)

    def quit(self):
        self.driver.quit()

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def command(self, name, **parameters):
        """A command of the DevTools protocol, for the current tab."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def wait(self, condition, what, seconds=10):
        end = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError(f"{what} (not within {seconds} s)")
            time.sleep(0.03)

    # Tabs

    @property
    def tabs(self):
        return self.driver.window_handles

    def new_tab(self):
        self.driver.switch_to.new_window("tab")
        return self.driver.current_window_handle

    def switch(self, tab):
        self.driver.switch_to.window(tab)

    def close_tabs_but_one(self):
        """Leaves one new tab; also where another one has crashed."""
        old = self.tabs
        self.new_tab()
        for tab in old:
            self.command("Target.closeTarget", targetId=tab)
        self.wait(lambda: len(self.tabs) == 1, "tabs do not close")

    def start_afresh(self, url):
        """One tab, at `url`, without anything kept from before."""
        self.close_tabs_but_one()
        self.command("Network.clearBrowserCookies")
        self.command("Storage.clearDataForOrigin", origin=url, storageTypes="local_storage,cache_storage,indexeddb")
        self.command("Emulation.setEmulatedMedia", media="", features=[])
        self.driver.get(url + "/favicon.svg")
        self.js("localStorage.clear(); sessionStorage.clear()")
        self.driver.get_log("browser")

    def console(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def emulate(self, **features):
        """CSS media features: prefers_color_scheme="dark"."""
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.command("Emulation.setEmulatedMedia", features=named)

    # The widget

    def toasts(self):
        """What can be seen: title, message and words of each pop-up, from the top."""
        return self.js(
            f"""const root = document.querySelector('reminder-toasts')?.shadowRoot;
            return [...root?.querySelectorAll('li:not([hidden])') ?? []].map((one) => ({{
              title: one.querySelector('.title').textContent, message: one.querySelector('p')?.textContent ?? null,
              words: one.innerText, priority: one.className.replace('toast ', '') }}))"""
        )

    def titles(self):
        return [toast["title"] for toast in self.toasts()]

    def wait_for_titles(self, *titles, seconds=10):
        try:
            self.wait(lambda: self.titles() == list(titles), "", seconds)
        except AssertionError:
            raise AssertionError(f"{self.titles()} is shown, not {list(titles)}") from None

    def button(self, words, within=""):
        """The button of these words that can be seen, in the widget."""
        return self.wait(
            lambda: self.js(
                f"""return [...{ROOT}.querySelectorAll('{within} button')]
                .find((one) => one.textContent === arguments[0] && one.checkVisibility())""",
                words,
            ),
            f"no button “{words}”",
        )

    def click(self, words, within=""):
        self.button(words, within).click()

    def state(self):
        return self.js("return document.querySelector('reminder-toasts')?.getAttribute('state')")

    def wait_for_state(self, *states, seconds=10):
        self.wait(lambda: self.state() in states, f"the state is not {' or '.join(states)}", seconds)

    def said(self, role):
        return self.js(f"return {ROOT}.querySelector('[role={role}]').textContent")

    def bar(self):
        return self.js(f"const bar = {ROOT}.querySelector('.bar'); return bar.hidden ? null : bar.firstChild.textContent")

    def press(self, *keys):
        chain = ActionChains(self.driver, duration=0)
        for key in keys:
            chain.send_keys(key)
        chain.perform()

    def focused(self):
        """The words of what has the focus, through shadow roots."""
        return self.js(
            """let one = document.activeElement;
            while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
            return one === document.body ? null : one.id || one.textContent || one.tagName"""
        )

    def count(self, *types):
        """From now on counts events of the widget; `counted` tells."""
        self.js("window.counted = {}; for (const type of arguments[0]) { window.counted[type] = [];"
                "document.addEventListener('reminders:' + type, ({detail}) => window.counted[type].push(detail)) }", types)

    def counted(self, type):
        return self.js("return window.counted[arguments[0]].map((one) => one?.title ?? one)", type)

    def open_before(self, script):
        """Runs a script before any other of each page that this tab opens from now on."""
        self.command("Page.addScriptToEvaluateOnNewDocument", source=script)

    def offline(self, is_offline):
        self.command("Network.enable")
        self.command("Network.emulateNetworkConditions", offline=is_offline, latency=0, downloadThroughput=-1, uploadThroughput=-1)
