"""What a person sees of a pop-up, and can do about it."""

import datetime

from scene import Scene
from selenium.webdriver.common.keys import Keys

HOSTILE = '<img src=x onerror="window.hacked = 1"><script>window.hacked = 2</script>{text} &amp; \u202eabc'


class Showing(Scene):
    def test_a_popup_appears_within_a_second(self):
        self.backend.describe_case("77", title="Printer on fire", status="open")
        self.open_connected()
        self.remind("Follow up", message="Call the customer", case="77")
        self.browser.wait_for_titles("Follow up", seconds=1.5)
        toast = self.browser.toasts()[0]
        self.assertEqual(toast["message"], "Call the customer")
        self.assertIn("Case 77 · Printer on fire", toast["words"])
        self.assertIn("now", toast["words"])

    def test_what_was_pending_before_is_there_at_once(self):
        self.remind("Earlier")
        self.wait_for_pending("Earlier")
        self.open()
        self.browser.wait_for_titles("Earlier")

    def test_three_are_shown_and_the_rest_on_request_urgent_first(self):
        self.open_connected()
        self.remind("0", priority="urgent")
        self.browser.wait_for_titles("0")
        for number in range(1, 5):
            self.remind(str(number))
            self.wait_for_pending(*map(str, range(number + 1)))
        self.browser.wait_for_titles("0", "4", "3")
        self.browser.click("+ 2 more")
        self.browser.wait_for_titles("0", "4", "3", "2", "1")

    def test_hostile_text_is_only_text(self):
        # The API takes no such address, but a database may hold one.
        url = {"url": "javascript:window.hacked=3"} if self.backend.is_mock else {}
        self.backend.describe_case("78", title=HOSTILE.replace("\u202e", ""), **url)
        self.open_connected()
        self.remind(HOSTILE, message=HOSTILE, case="78")
        self.browser.wait_for_titles(HOSTILE)
        self.assertEqual(self.browser.toasts()[0]["message"], HOSTILE)
        root = "document.querySelector('reminder-toasts').shadowRoot"
        self.assertEqual(self.browser.js(f"return {root}.querySelectorAll('img, script, a').length"), 0)
        self.assertIsNone(self.browser.js("return window.hacked ?? null"))

    def test_only_web_addresses_become_links(self):
        self.backend.describe_case("79", url="https://example.org/cases/79")
        self.open_connected()
        self.remind("Linked", case="79")
        self.browser.wait_for_titles("Linked")
        root = "document.querySelector('reminder-toasts').shadowRoot"
        self.assertEqual(self.browser.js(f"return {root}.querySelector('a').href"), "https://example.org/cases/79")

    def test_it_speaks_danish_german_and_what_it_is_told(self):
        self.remind("Follow up")
        self.wait_for_pending("Follow up")
        for language, words in (("da-DK", ["Forstået", "Udsæt", "Afvis", "Sag 123"]), ("de", ["Verstanden", "Später", "Verwerfen"])):
            self.open(lang=language)
            self.browser.wait_for_titles("Follow up")
            for word in words:
                self.assertIn(word, self.browser.toasts()[0]["words"])
        self.browser.click("Später")
        self.browser.button("15 Minuten")
        self.open(lang="fr", words='{"acknowledge": "Vu"}')
        self.browser.wait_for_titles("Follow up")
        self.assertIn("Vu", self.browser.toasts()[0]["words"])

    def test_it_stands_at_the_other_side_where_one_reads_from_right_to_left(self):
        self.remind("متابعة")
        for direction, side in (("ltr", "right"), ("rtl", "left")):
            self.open(dir=direction)
            self.browser.wait_for_titles("متابعة")
            box = self.browser.js("return document.querySelector('reminder-toasts').getBoundingClientRect().toJSON()")
            free = box["left"] if side == "left" else self.browser.js("return innerWidth") - box["right"]
            self.assertLess(free, 40)

    def test_nothing_with_actions_goes_by_itself(self):
        # Every timer that would take longer than a second is over at once.
        self.browser.open_before(
            """const real = setTimeout; window.ticks = 0;
            setTimeout = (f, ms, ...rest) => real(f, ms > 1000 ? ms / 1000 : ms, ...rest);
            setInterval = (f, ms) => { const again = () => { f(); window.ticks++; real(again, ms / 1000) }; again() }"""
        )
        self.open(stream="none", poll_seconds="1")
        self.remind("Stays")
        self.remind("Goes")
        self.browser.wait(lambda: sorted(self.browser.titles()) == ["Goes", "Stays"], "both are shown")
        self.browser.click("Got it", within="li:first-child")
        self.browser.wait(lambda: self.browser.js("return window.ticks") > 20, "ten minutes have passed")
        self.assertEqual(len(self.browser.titles()), 1)
        self.assertEqual(self.browser.bar(), "Marked as seen")


class Acting(Scene):
    def setUp(self):
        super().setUp()
        self.open_connected()

    def show(self, title="Follow up", **fields):
        reminder = self.remind(title, **fields)
        self.browser.wait_for_titles(title)
        return reminder

    def test_seen_is_told_to_the_server(self):
        self.show()
        self.browser.click("Got it")
        self.wait_for_pending()
        self.browser.wait_for_titles()
        self.assertEqual(self.browser.bar(), "Marked as seen")

    def test_a_preset_snoozes_and_it_comes_again(self):
        reminder = self.show()
        self.browser.count("settled", "snooze")
        self.browser.click("Snooze")
        for words in ("15 minutes", "30 minutes", "1 hour", "4 hours", "1 day", "Until…"):
            self.browser.button(words)
        self.browser.click("15 minutes")
        self.wait_for_pending()
        self.assertRegex(self.browser.bar(), r"^Snoozed until \d")
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
        self.backend.act(self.person, reminder, "snooze", until=soon.isoformat())
        self.browser.wait_for_titles("Follow up")

    def test_a_time_of_ones_own_snoozes(self):
        self.show()
        self.browser.click("Snooze")
        self.browser.click("Until…")
        self.assertEqual(self.browser.focused(), "INPUT")
        self.browser.click("Set")
        self.wait_for_pending()
        self.assertIn("9:00", self.browser.bar())

    def test_dismissing_a_series_asks_which(self):
        daily = self.show("Daily", recurrence_type="daily")
        self.browser.click("Dismiss")
        self.browser.button("All future ones too")
        self.browser.click("Only this time")
        self.wait_for_pending()
        self.assertEqual(self.backend.act(self.person, daily, "acknowledge")["dismissed_at"], None)

    def test_dismissing_once_is_for_ever(self):
        reminder = self.show()
        self.browser.click("Dismiss")
        self.wait_for_pending()
        self.assertIsNotNone(self.backend.act(self.person, reminder, "acknowledge")["dismissed_at"])

    def test_an_action_is_taken_back(self):
        self.show()
        self.browser.click("Got it")
        self.wait_for_pending()
        self.browser.click("Undo")
        self.browser.wait_for_titles("Follow up")
        self.wait_for_pending("Follow up")
        self.assertIsNone(self.browser.bar())

    def test_what_is_settled_elsewhere_goes_here(self):
        for kind in ("dismiss", "acknowledge", "snooze"):
            reminder = self.show(kind)
            self.backend.act(self.person, reminder, kind, **({"minutes": 15} if kind == "snooze" else {}))
            self.browser.wait_for_titles(seconds=2)

    def test_a_page_can_forbid_showing_and_acting(self):
        self.browser.js("addEventListener('reminders:show', (event) => event.detail.title === 'Mine' && event.preventDefault());"
                        "addEventListener('reminders:dismiss', (event) => event.preventDefault())")  # fmt: skip
        self.remind("Mine")
        self.show("Theirs")
        self.browser.click("Dismiss")
        self.assertEqual(self.browser.titles(), ["Theirs"])
        self.wait_for_pending("Mine", "Theirs")


class Access(Scene):
    """By keyboard, for screen readers, and for eyes of all kinds."""

    def test_the_live_regions_are_there_before_they_speak(self):
        self.open_connected()
        self.assertEqual(self.browser.said("status") + self.browser.said("alert"), "")
        kept = "const root = document.querySelector('reminder-toasts').shadowRoot;"
        self.browser.js(kept + "window.before = [...root.querySelectorAll('[role=status], [role=alert]')]")
        self.remind("Follow up", message="Call")
        self.browser.wait(lambda: self.browser.said("status"), "nothing is said")
        self.assertEqual(self.browser.said("status"), "Reminder: Follow up. Call. Press F8 to answer.")
        self.assertEqual(self.browser.said("alert"), "")
        self.remind("Fire", priority="urgent")
        self.browser.wait(lambda: self.browser.said("alert"), "nothing is said loudly")
        self.assertTrue(self.browser.js("return window.before.every((one) => one.isConnected && one.textContent)"))

    def test_it_is_read_out_once_and_not_on_each_page(self):
        self.open_connected()
        self.remind()
        self.browser.wait(lambda: self.browser.said("status"), "nothing is said")
        self.open_connected()
        self.browser.wait_for_titles("Follow up")
        self.assertEqual(self.browser.said("status"), "")

    def test_everything_is_done_by_keyboard_alone(self):
        self.open_connected()
        self.remind("Older")
        self.browser.wait_for_titles("Older")
        self.remind("Newer")
        self.browser.wait_for_titles("Newer", "Older")
        self.browser.js("document.getElementById('mine').focus()")
        self.browser.press(Keys.F8)
        self.assertEqual(self.browser.focused(), "Got it")
        self.browser.press(Keys.TAB)
        self.assertEqual(self.browser.focused(), "Snooze")
        self.browser.press(Keys.ENTER)
        self.assertEqual(self.browser.focused(), "15 minutes")
        self.browser.press(Keys.ESCAPE)
        self.assertEqual(self.browser.focused(), "Snooze")
        self.browser.press(Keys.TAB)
        self.assertEqual(self.browser.focused(), "Dismiss")
        self.browser.press(Keys.ENTER)
        self.browser.wait_for_titles("Older")
        self.assertEqual(self.browser.focused(), "Got it", "the next pop-up has the focus")
        self.browser.press(Keys.ESCAPE)
        self.assertEqual(self.browser.focused(), "mine", "Escape leaves")
        self.browser.press(Keys.F8)
        self.browser.press(Keys.SPACE)
        self.browser.wait_for_titles()
        self.assertEqual(self.browser.focused(), "mine", "the focus is back where it was")
        self.browser.press(Keys.F8)
        self.assertEqual(self.browser.focused(), "Undo")
        self.browser.press(Keys.ENTER)
        self.browser.wait_for_titles("Older")
        self.assertEqual(self.browser.focused(), "mine")

    def test_a_popup_does_not_take_the_focus(self):
        self.open_connected()
        self.browser.js("document.getElementById('mine').focus()")
        self.remind(priority="urgent")
        self.browser.wait_for_titles("Follow up")
        self.assertEqual(self.browser.focused(), "mine")

    def style(self, selector, name):
        script = "return getComputedStyle(document.querySelector('reminder-toasts').shadowRoot.querySelector(arguments[0]))[arguments[1]]"
        return self.browser.js(script, selector, name)

    def test_it_does_not_move_for_those_who_do_not_want_it(self):
        self.remind()
        for wish, animation in (("no-preference", "arrive"), ("reduce", "none")):
            self.browser.emulate(prefers_reduced_motion=wish)
            self.open()
            self.browser.wait_for_titles("Follow up")
            self.assertEqual(self.style(".toast", "animationName"), animation)

    def test_it_is_dark_where_all_is_dark_and_as_it_is_told(self):
        self.remind()
        for scheme, theme, dark in (("light", "", False), ("dark", "", True), ("dark", "light", False), ("light", "dark", True)):
            self.browser.emulate(prefers_color_scheme=scheme)
            self.open(theme=theme)
            self.browser.wait_for_titles("Follow up")
            colour = self.style(".toast", "backgroundColor")
            self.assertEqual(colour != "rgb(255, 255, 255)", dark, colour)

    def test_forced_colours_leave_borders_and_words(self):
        self.remind()
        self.browser.emulate(forced_colors="active")
        self.open()
        self.browser.wait_for_titles("Follow up")
        self.assertEqual(self.style(".toast", "borderTopStyle"), "solid")
        self.assertEqual(self.style(".main", "borderTopStyle"), "solid")
        self.assertNotEqual(self.style(".toast", "borderTopColor"), self.style(".toast", "backgroundColor"))
