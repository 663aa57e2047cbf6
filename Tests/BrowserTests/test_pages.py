"""The pages: the demo, my reminders, the delivery log."""

import datetime

from scene import Scene, needs_mock


class Page(Scene):
    path = "/"
    scope = ""

    def setUp(self):
        super().setUp()
        demo = {"users": [{"id": self.person, "name": "Anna Jensen", "token": self.backend.token(self.person, self.scope)}], "frontend": ""}
        self.gateway.demo = {**demo, "catcher": self.backend.demo["catcher"] if self.backend.demo else ""}
        self.addCleanup(setattr, self.gateway, "demo", self.backend.demo)

    def open_page(self):
        self.browser.driver.get(self.gateway.url + self.path)
        self.browser.wait_for_state("stream")

    def text(self, selector="main"):
        return self.browser.js("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def wait_for(self, words, selector="main", seconds=10):
        self.browser.wait(lambda: words in self.text(selector), f"“{words}” is not in {selector}", seconds)

    def press_button(self, words, within="main"):
        script = """return [...document.querySelectorAll(arguments[1] + ' button')].find((one) =>
            (one.textContent.trim() === arguments[0] || one.ariaLabel === arguments[0]) && one.checkVisibility())"""
        self.browser.wait(lambda: self.browser.js(script, words, within), f"no button “{words}”").click()

    def fill(self, **values):
        """Fields of the form that is open, by name."""
        self.browser.js(
            """const form = document.querySelector('dialog[open] form') ?? document.querySelector('main form');
            for (const [name, value] of Object.entries(arguments[0])) {
              const field = form.elements[name];
              if (typeof value === 'boolean') { if (field.checked !== value) field.click() }
              else { field.value = value; const place = field.dispatchEvent ? field : form;
                     for (const type of ['input', 'change']) place.dispatchEvent(new Event(type, {bubbles: true})) } }""",
            values,
        )


class Demo(Page):
    def test_a_reminder_comes_by_every_channel_and_says_why(self):
        self.open_page()
        self.fill(title="Water the plants", message="All of them", seconds="3")
        self.press_button("Remind me")
        self.wait_for("The reminder is created")
        self.browser.wait_for_titles("Water the plants", seconds=6)
        if self.backend.is_mock:
            for lane in (1, 2, 3):
                self.wait_for("after its time", f"#lanes > :nth-child({lane})")
            self.wait_for("To", "#lanes > :nth-child(2)")
            self.wait_for("All of them", "#lanes > :nth-child(3)")
        self.browser.wait(lambda: self.browser.js("return document.querySelectorAll('#why li, #why p:not(.empty)').length"), "no reasons")
        self.browser.click("Got it")
        self.wait_for("Seen.", "#lanes > :first-child")

    def test_it_says_what_is_wrong(self):
        self.open_page()
        self.browser.js("document.querySelector('[name=title]').required = false")
        self.fill(title="")
        self.press_button("Remind me")
        self.wait_for("/title", "#problem")

    def test_without_the_demo_it_asks_for_a_token(self):
        self.gateway.demo = None
        self.browser.driver.get(self.gateway.url)
        self.browser.wait(lambda: self.browser.js("return document.querySelector('#sign-in[open]') !== null"), "it asks")
        self.browser.js("document.querySelector('#sign-in input').value = arguments[0]", self.backend.token(self.person))
        self.browser.driver.find_element("css selector", "#sign-in button").click()
        self.browser.wait_for_state("stream")
        self.wait_for(f"User {self.person}", "header")


class Mine(Page):
    path = "/my.html"

    def test_what_waits_is_answered_there(self):
        self.open_page()
        self.remind("On the list")
        self.wait_for("On the list", "#now")
        self.press_button("Got it", "#now")
        self.wait_for("Nothing waits for you.", "#now")
        self.browser.wait_for_titles()
        self.wait_for("On the list", "#history")

    def test_preferences_are_kept_at_once(self):
        self.open_page()
        self.fill(notify_email=False, quiet_hours_enabled=True)
        self.fill(quiet_hours_start="21:30")
        self.fill(time_zone="Europe/Berlin")
        path = "/users/me/notification-preferences"
        kept = {"notify_email": False, "quiet_hours_enabled": True, "quiet_hours_start": "21:30", "time_zone": "Europe/Berlin"}

        def preferences():
            found = self.backend.call("GET", path, user=self.person, scope="")
            return {name: found[name] for name in kept}

        self.browser.wait(lambda: preferences() == kept, "they are not kept")
        self.wait_for("Kept.", "#preferences")

    def test_wrong_preferences_are_said_beside_their_field(self):
        self.open_page()
        self.fill(quiet_hours_enabled=True)
        self.fill(quiet_hours_end="22:00")
        self.wait_for("/quiet_hours_", "#preferences")

    def test_a_reminder_is_created_changed_and_deleted(self):
        self.open_page()
        self.press_button("New reminder")
        self.fill(sag_id="55", title="Team meeting", repeat="custom", frequency="MONTHLY", month_by="-1", month_weekday="FR", scheduled_local="2031-01-31T09:00")
        self.wait_for("Every month on the last Friday at 09:00", "dialog[open]")
        self.wait_for("Fri, 28 Feb 2031, 09:00", "dialog[open]")
        self.press_button("Keep", "dialog[open]")
        # More than a year ahead it is not listed: it is brought nearer.
        def created():
            found = self.backend.call("GET", "/sag/55/reminders?limit=100", user=self.person, scope="")["items"]
            return [one for one in found if one["title"] == "Team meeting" and one["created_by"] == self.person]

        mine = self.browser.wait(created, "it is not created")[0]
        self.assertEqual(mine["rrule"], "FREQ=MONTHLY;BYDAY=-1FR")
        soon = (datetime.date.today() + datetime.timedelta(days=2)).isoformat()
        self.backend.call("PATCH", f"/sag/reminders/{mine['id']}", {"scheduled_at": f"{soon}T09:00:00"}, user=self.person)
        self.open_page()
        self.wait_for("Every month on the last Friday at 09:00", "#upcoming")
        self.press_button("Change Team meeting")
        self.fill(title="Staff meeting", repeat="daily")
        self.press_button("Keep", "dialog[open]")
        self.wait_for("Staff meeting", "#upcoming")
        self.wait_for("Every day at 09:00", "#upcoming")
        self.press_button("Delete Staff meeting")
        self.browser.driver.switch_to.alert.accept()
        self.wait_for("Nothing is planned", "#upcoming")

    def test_the_words_of_a_rule_and_its_next_dates_come_from_the_api(self):
        self.open_page()
        self.press_button("New reminder")
        self.fill(scheduled_local="2031-03-07T08:00", repeat="rrule", rrule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")
        self.wait_for("Every workday at 08:00", "dialog[open]")
        self.wait_for("Fri, 7 Mar 2031, 08:00", "dialog[open]")
        self.wait_for("Mon, 10 Mar 2031, 08:00", "dialog[open]")

    def test_a_rule_that_is_refused_is_said_while_one_types(self):
        self.open_page()
        self.press_button("New reminder")
        self.fill(scheduled_local="2031-03-07T08:00", repeat="rrule", rrule="FREQ=SOMETIMES")
        self.wait_for("is no frequency", "dialog[open] [role=status]")
        self.fill(rrule="FREQ=DAILY")
        self.wait_for("Every day at 08:00", "dialog[open] [role=status]")

    def test_a_rule_goes_into_the_fields_of_the_editor_and_back(self):
        self.open_page()
        rules = [
            "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=3", "FREQ=MONTHLY;BYDAY=-1FR",
            "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY;UNTIL=20280301T235959",
        ]  # fmt: skip
        unknown = ["FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", "FREQ=YEARLY;BYDAY=20MO", "FREQ=DAILY;BYHOUR=9", "FREQ=NEVER"]
        script = """const done = arguments[1]; import('/pages/recurrence.js').then((one) => done(
            arguments[0].map((rule) => { const parts = one.parse(rule); return parts && one.rule(parts); })))"""
        self.assertEqual(self.browser.driver.execute_async_script(script, rules), rules)
        self.assertEqual(self.browser.driver.execute_async_script(script, unknown), [None] * len(unknown))


class Log(Page):
    path = "/log.html"
    scope = "admin"

    def test_a_delivery_is_found_and_opened(self):
        case = f"L{self.person}"
        self.remind("Findable", case=case)
        self.wait_for_pending("Findable")
        self.open_page()
        self.fill(case_id=case)
        self.browser.wait(lambda: self.browser.js("return document.querySelectorAll('#records tbody tr').length") == 1, "one is found")
        self.browser.wait(lambda: f"case_id={case}" in self.browser.driver.current_url, "the address does not remember it")
        self.press_button("Findable", "#records")
        self.wait_for("What was tried", "#records")
        self.wait_for("What was decided", "#records")
        self.fill(outcome="rejected")
        self.wait_for("Nothing matches.", "#records")

    def test_it_refreshes_itself_unless_told_not_to(self):
        self.open_page()
        self.wait_for("As of")
        self.remind("Just now", case=f"R{self.person}")
        self.wait_for("Just now", "#records", seconds=8)

    @needs_mock
    def test_dead_letters_are_retried_and_discarded(self):
        letters = [
            {"id": number, "queue": "email-sender.deliveries", "reason": f"reason {number}", "type": "delivery.requested.v1",
             "created_at": "2026-11-22T10:00:00Z", "settled_at": None, "settled_how": None, "body": "{}"}
            for number in (1, 2)
        ]  # fmt: skip
        self.backend.mock.world.log.dead_letters = letters
        self.open_page()
        self.press_button("Retry dead letter 1")
        self.browser.wait(lambda: letters[0]["settled_how"] == "retried", "it is not retried")
        self.browser.wait(lambda: "reason 1" not in self.text("#dead"), "it is still shown")
        self.press_button("Discard dead letter 2")
        self.browser.driver.switch_to.alert.accept()
        self.browser.wait(lambda: letters[1]["settled_how"] == "discarded", "it is not discarded")
        self.browser.wait(lambda: self.text("#dead-card:not([hidden])") == "", "they are still shown")

    def test_charts_say_their_numbers_in_words_too(self):
        self.remind("Counted")
        self.open_page()
        label = "return document.querySelector('#outcomes svg')?.getAttribute('aria-label')"
        self.browser.wait(lambda: "sent" in (self.browser.js(label) or ""), "no chart")

    def test_who_is_no_operator_sees_their_own(self):
        self.gateway.demo["users"][0]["token"] = self.backend.token(self.person)
        self.remind("Mine alone")
        self.wait_for_pending("Mine alone")
        self.open_page()
        self.wait_for("Your deliveries")
        self.wait_for("Mine alone", "#records")
        self.assertEqual(self.browser.js("return document.querySelectorAll('#records tbody tr').length"), 1)
        self.assertTrue(self.browser.js("return document.getElementById('charts').hidden"))
