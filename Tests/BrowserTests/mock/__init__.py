"""The API contract in memory, for developing and testing what runs in the browser: one `api`, two instances of the
stream, and a catcher, each of which can be killed and started again.
"""

from mock.api import API, make_token
from mock.catcher import Catcher
from mock.http import Process
from mock.stream import Stream
from mock.world import World


class Mock:
    def __init__(self):
        self.world = World()
        self.api = Process(API, world=self.world).start()
        self.instances = [Process(Stream, world=self.world).start() for _ in range(2)]
        self.catcher = Process(Catcher, world=self.world).start()

    def demo(self):
        """What /demo.json says: people with their tokens."""
        people = [(user, person["display_name"], "admin" if user == "1" else "") for user, person in self.world.users.items()]
        users = [{"id": user, "name": name, "token": make_token(user, scope)} for user, name, scope in people]
        return {"users": users, "catcher": self.catcher.url, "frontend": ""}

    def stop(self):
        self.world.stopped.set()
        for process in (self.api, *self.instances, self.catcher):
            process.kill()
