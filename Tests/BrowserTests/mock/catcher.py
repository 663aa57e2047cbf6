"""What the demo's catcher shows as JSON: mail and posts, newest first."""

from mock.http import Handler


class Catcher(Handler):
    world = None

    def do_GET(self):
        caught = {"/mail": self.world.mail, "/posts": self.world.posts}.get(self.address.path)
        if caught is None:
            return self.answer(404)
        found = [one for one in caught if self.query.get("to") is None or self.query["to"] in one.get("to", [])]
        return self.answer(200, found, headers=[("Access-Control-Allow-Origin", self.headers.get("Origin", "*"))])
