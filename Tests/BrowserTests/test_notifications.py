"""notifications.js: the classic script of pages that were there before."""

from scene import Scene


class Classic(Scene):
    def open_classic(self, **options):
        self.open(classic="", **options)

    def test_it_says_that_it_runs_and_shows_popups(self):
        self.open_classic()
        self.browser.wait_for_state("stream")
        self.assertTrue(any("✅ Reminder system initialized" in line for line in self.browser.console()))
        self.remind()
        self.browser.wait_for_titles("Follow up")

    def test_it_finds_the_token_where_pages_keep_it(self):
        token = self.backend.token(self.person)
        self.remind()
        places = {
            "localStorage": "localStorage.setItem('token', arguments[0])",
            "sessionStorage": "sessionStorage.setItem('bmc_token', 'Bearer ' + arguments[0])",
            "cookie": "document.cookie = 'access_token=' + arguments[0] + '; path=/'",
        }
        for place, keep in places.items():
            with self.subTest(place):
                self.browser.js("localStorage.clear(); sessionStorage.clear(); document.cookie = 'access_token=; max-age=0; path=/'")
                self.browser.js(keep, token)
                self.open_classic(data_token_keys="access_token, token, bmc_token")
                self.browser.wait_for_titles("Follow up")

    def test_it_stays_quiet_while_nobody_is_logged_in(self):
        self.browser.js("localStorage.clear()")
        self.open_classic()
        self.browser.wait_for_state("unauthorized")
        self.assertEqual([line for line in self.browser.console() if "initialized" in line], [])
        self.assertEqual(self.browser.titles(), [])

    def test_presets_and_dismiss_work(self):
        self.open_classic(data_lang="da")
        self.browser.wait_for_state("stream")
        self.remind("Med udsættelse")
        self.browser.wait_for_titles("Med udsættelse")
        self.browser.click("Udsæt")
        self.browser.click("1 time")
        self.wait_for_pending()
        self.remind("Afvises")
        self.browser.wait_for_titles("Afvises")
        self.browser.click("Afvis")
        self.wait_for_pending()

    def test_pages_can_act_by_script(self):
        self.open_classic()
        self.browser.wait_for_state("stream")
        first, second = self.remind("One"), self.remind("Two")
        self.browser.wait(lambda: len(self.browser.titles()) == 2, "both are shown")
        self.browser.js("reminderNotifications.snooze(arguments[0], 15)", first)
        self.browser.js("reminderNotifications.dismiss(String(arguments[0]))", second)
        self.wait_for_pending()
        self.browser.js("reminderNotifications.destroy()")
        self.wait_for_streams(0)

    def test_where_there_is_no_stream_it_polls_and_stops_while_hidden(self):
        self.open_classic(data_stream="none", data_poll_seconds="0.2")
        self.browser.wait_for_state("poll")
        self.remind()
        self.browser.wait_for_titles("Follow up")
        self.browser.driver.minimize_window()
        self.browser.wait_for_state("idle")
        self.browser.driver.set_window_rect(0, 0, 1280, 900)
        self.browser.wait_for_state("poll")
