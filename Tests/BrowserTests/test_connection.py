"""One connection for all tabs, and what happens when parts of it go away."""

import contextlib

from scene import Scene, needs_kill, needs_mock


class Tabs(Scene):
    def open_tabs(self, count, **options):
        """Tabs with the widget; the first one leads."""
        self.open_connected(**options)
        tabs = [self.browser.driver.current_window_handle]
        for _ in range(count - 1):
            tabs.append(self.browser.new_tab())
            self.open(**options)
        return tabs

    def in_each(self, tabs):
        for tab in tabs:
            self.browser.switch(tab)
            yield tab

    def test_ten_tabs_hold_one_stream_and_all_show_it(self):
        tabs = self.open_tabs(10)
        before = self.gateway.stream_requests
        self.remind()
        for _ in self.in_each(tabs):
            self.browser.wait_for_titles("Follow up")
            self.assertEqual(self.browser.state(), "stream")
        self.assertEqual(len(self.streams()), 1)
        self.assertEqual(self.gateway.stream_requests, before)

    def test_a_tab_opened_later_shows_what_the_others_do(self):
        self.open_tabs(1)
        self.remind()
        self.browser.wait_for_titles("Follow up")
        self.browser.new_tab()
        self.open()
        self.browser.wait_for_titles("Follow up")
        self.assertEqual(len(self.streams()), 1)

    def test_an_action_settles_every_tab(self):
        tabs = self.open_tabs(3)
        self.remind()
        for _ in self.in_each(tabs):
            self.browser.wait_for_titles("Follow up")
        self.browser.click("Got it")
        for _ in self.in_each(tabs):
            self.browser.wait_for_titles(seconds=1)
        self.wait_for_pending()

    def test_undo_brings_it_back_to_every_tab(self):
        tabs = self.open_tabs(3)
        self.remind()
        for _ in self.in_each(tabs):
            self.browser.wait_for_titles("Follow up")
        self.browser.click("Got it")
        self.browser.click("Undo")
        for _ in self.in_each(tabs):
            self.browser.wait_for_titles("Follow up")

    def check_takeover(self, tabs, remove_leader):
        """Removes the leader; the others go on, and show the old and the new pop-up once."""
        self.remind("Before")
        for _ in self.in_each(tabs):
            self.browser.wait_for_titles("Before")
            self.browser.count("show", "settled")
        self.browser.switch(tabs[0])
        remove_leader()
        self.remind("After")
        for _ in self.in_each(tabs[1:]):
            self.browser.wait_for_titles("After", "Before", seconds=3)
            self.assertEqual(self.browser.counted("show"), ["After"])
            self.assertEqual(self.browser.counted("settled"), [])
        self.wait_for_streams(1)
        self.assertIsNotNone(self.streams()[0]["last"], "the stream is taken up where the leader left it")

    def test_another_tab_takes_over_from_one_that_is_closed(self):
        self.check_takeover(self.open_tabs(3), self.browser.driver.close)

    def test_another_tab_takes_over_from_one_that_is_killed(self):
        def kill():
            with contextlib.suppress(Exception):  # the tab can no longer answer
                self.browser.driver.execute_cdp_cmd("Page.crash", {})

        tabs = self.open_tabs(3)
        self.browser.driver.set_script_timeout(5)
        try:
            self.check_takeover(tabs, kill)
        finally:
            self.browser.driver.set_script_timeout(20)

    def test_who_does_not_look_holds_no_stream_and_misses_nothing(self):
        self.open_connected(hidden_seconds="1")
        self.remind("Seen before")
        self.browser.wait_for_titles("Seen before")
        self.browser.driver.minimize_window()
        self.assertTrue(self.browser.js("return document.hidden"))
        self.wait_for_streams(0)
        self.remind("Came meanwhile")
        self.wait_for_pending("Seen before", "Came meanwhile")
        self.assertEqual(self.streams(), [])
        self.browser.driver.set_window_rect(0, 0, 1280, 900)
        self.browser.wait_for_titles("Came meanwhile", "Seen before")
        self.wait_for_streams(1)

    def test_a_tab_that_is_left_and_come_back_to_goes_on(self):
        self.open_connected()
        self.browser.driver.get(self.gateway.url + "/favicon.svg")
        self.wait_for_streams(0)
        self.remind()
        self.browser.driver.back()
        self.browser.wait_for_titles("Follow up")

    def test_people_keep_apart(self):
        self.open_connected()
        self.remind("Hers")
        self.browser.wait_for_titles("Hers")
        other = self.backend.person()
        self.browser.new_tab()
        self.browser.driver.get(self.gateway.url + "/favicon.svg")
        self.log_in(other)  # in all tabs of the browser
        self.open()
        self.backend.remind(other, "His")
        self.browser.wait_for_titles("His")
        self.browser.switch(self.browser.tabs[0])
        self.browser.wait_for_titles("His")


class Failures(Scene):
    @needs_kill
    def test_a_killed_instance_is_replaced_and_each_popup_shown_once(self):
        self.open_connected()
        self.browser.count("show", "settled")
        self.remind("One")
        self.browser.wait_for_titles("One")
        for instance in (0, 1):
            self.backend.kill(instance)
            self.remind(f"While {instance} is dead")
            self.browser.wait(lambda: f"While {instance} is dead" in self.browser.titles(), "nothing comes from the other")  # noqa: B023
            self.backend.start(instance)
        self.assertEqual(self.browser.counted("show"), ["One", "While 0 is dead", "While 1 is dead"])
        self.assertEqual(self.browser.counted("settled"), [])
        self.wait_for_streams(1)

    def test_it_polls_while_no_instance_can_be_reached(self):
        self.open_connected(poll_seconds="1")
        self.addCleanup(setattr, self.gateway, "stream_urls", self.gateway.stream_urls)
        self.gateway.stream_urls = []
        self.gateway.cut()
        self.gateway.mend()
        self.browser.wait_for_state("poll")
        self.remind("Polled")
        self.browser.wait_for_titles("Polled", seconds=4)
        self.doCleanups()
        self.browser.wait_for_state("stream", seconds=5)

    def test_what_was_settled_while_the_line_was_cut_goes(self):
        self.open_connected()
        reminder = self.remind("Settled meanwhile")
        self.browser.wait_for_titles("Settled meanwhile")
        self.gateway.cut()
        self.backend.act(self.person, reminder, "acknowledge")
        self.gateway.mend()
        self.browser.wait_for_titles()

    def test_without_a_stream_it_polls_and_asks_only_for_news(self):
        statuses = []
        real = self.gateway.process.handler.answer

        def spy(handler, status, *arguments, **named):
            if handler.address.path.endswith("/pending/me"):
                statuses.append(status)
            return real(handler, status, *arguments, **named)

        self.gateway.process.handler.answer = spy
        self.addCleanup(setattr, self.gateway.process.handler, "answer", real)
        self.open(stream="none", poll_seconds="0.2")
        self.browser.wait_for_state("poll")
        self.browser.wait(lambda: statuses.count(304) > 3, "no 304")
        self.remind("Polled")
        self.browser.wait_for_titles("Polled")
        self.assertEqual(statuses.count(200), 2)
        self.assertEqual(self.gateway.streams, [])

    def test_a_poll_stops_while_nobody_looks(self):
        self.open(stream="none", poll_seconds="0.2")
        self.browser.wait_for_state("poll")
        self.browser.driver.minimize_window()
        self.browser.wait_for_state("idle")
        self.remind("Waits")
        self.wait_for_pending("Waits")
        self.browser.wait(lambda: self.browser.js("return document.hidden"), "hidden")
        self.assertEqual(self.browser.titles(), [])
        self.browser.driver.set_window_rect(0, 0, 1280, 900)
        self.browser.wait_for_titles("Waits")

    def test_several_streams_are_tried_in_turn(self):
        self.open(stream="/nothing-here /api/v1/reminders/stream", poll_seconds="0.2")
        self.browser.wait_for_state("stream")

    def test_what_is_done_offline_is_sent_when_one_is_back(self):
        self.open_connected()
        self.remind("First")
        self.remind("Second")
        self.browser.wait(lambda: len(self.browser.titles()) == 2, "both are shown")
        self.browser.offline(True)
        self.browser.wait_for_state("offline")
        self.browser.click("Got it")
        self.browser.click("Dismiss")
        self.browser.wait_for_titles()
        self.assertIn("Offline", self.browser.js("return document.querySelector('reminder-toasts').shadowRoot.querySelector('.bar').innerText"))
        self.wait_for_pending("First", "Second")
        self.browser.offline(False)
        self.wait_for_pending()
        self.browser.wait_for_state("stream")
        self.assertEqual(self.browser.titles(), [])

    def test_what_is_done_offline_is_sent_by_the_next_page_too(self):
        self.open_connected()
        self.remind()
        self.browser.wait_for_titles("Follow up")
        self.gateway.cut()
        self.browser.click("Got it")
        self.wait_for_pending("Follow up")
        self.browser.driver.get("about:blank")
        self.gateway.mend()
        self.open_connected()
        self.wait_for_pending()
        self.assertEqual(self.browser.titles(), [])

    def test_what_is_done_offline_can_be_taken_back(self):
        self.open_connected()
        self.remind()
        self.browser.wait_for_titles("Follow up")
        self.browser.offline(True)
        self.browser.wait_for_state("offline")
        self.browser.click("Dismiss")
        self.browser.wait_for_titles()
        self.browser.click("Undo")
        self.browser.wait_for_titles("Follow up")
        self.browser.offline(False)
        self.browser.wait_for_state("stream")
        self.wait_for_pending("Follow up")

    @needs_mock
    def test_an_action_is_sent_again_after_a_failure_and_counts_once(self):
        api = self.backend.mock.api.handler
        seen = []
        real = api.reply

        def lost(handler, function, found, body):
            if handler.command == "POST" and "acknowledge" in handler.path:
                seen.append(handler.headers["Idempotency-Key"])
                if len(seen) == 1:  # done, but the answer is lost
                    handler.answer = lambda *_, **__: handler.connection.shutdown(2)
            return real(handler, function, found, body)

        self.open_connected()
        self.remind()
        self.browser.wait_for_titles("Follow up")
        api.reply = lost
        self.addCleanup(setattr, api, "reply", real)
        self.browser.click("Got it")
        self.browser.wait(lambda: len(seen) > 1, "it is not sent again", 15)
        self.assertEqual(len(set(seen)), 1, "both have the same Idempotency-Key")

    @needs_mock
    def test_what_the_server_refuses_comes_back(self):
        real = self.backend.mock.world.respond
        from mock.api import Problem

        def refuse(*_):
            raise Problem(422, "Unprocessable Content")

        self.open_connected()
        self.remind()
        self.browser.wait_for_titles("Follow up")
        self.browser.count("error")
        self.backend.mock.world.respond = refuse
        self.addCleanup(setattr, self.backend.mock.world, "respond", real)
        self.browser.click("Got it")
        self.browser.wait(lambda: self.browser.counted("error"), "no error is told")
        self.browser.wait_for_titles("Follow up")

    def test_without_a_token_it_asks_for_one_and_begins_when_there_is(self):
        self.browser.js("localStorage.clear()")
        self.open()
        self.browser.wait_for_state("unauthorized")
        self.remind()
        self.browser.count("auth-required")
        self.log_in(self.person)
        self.browser.js("document.querySelector('reminder-toasts').connection.reconnect()")
        self.browser.wait_for_titles("Follow up")

    def test_a_refused_token_is_not_tried_again_and_again(self):
        self.browser.js("localStorage.setItem('access_token', 'nonsense')")
        before = self.gateway.stream_requests
        self.open(poll_seconds="0.1")
        self.browser.wait_for_state("unauthorized")
        self.log_in(self.person)
        self.browser.wait_for_state("stream")
        self.assertEqual(self.gateway.stream_requests - before, 2)

    def test_a_stored_token_does_not_leave_the_site_by_markup_alone(self):
        self.open(api="http://localhost:1/api/v1", stream="none", poll_seconds="0.1")
        self.browser.wait_for_state("offline")
        errors = "const one = document.querySelector('reminder-toasts'); return one.connection.asked ?? null"
        self.assertIsNone(self.browser.js(errors))
        self.assertEqual([line for line in self.browser.console() if "localhost:1" in line], [], "nothing was sent")
