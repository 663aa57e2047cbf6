#!/usr/bin/python3
"""Serves the pages with the mock behind them, at an address it prints, until Ctrl-C: no other service is needed."""

import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from gateway import Gateway  # noqa: E402
from mock import Mock  # noqa: E402
from mock.story import tell  # noqa: E402

mock = Mock()
tell(mock)
print(Gateway(mock.api.url, [instance.url for instance in mock.instances], mock.demo()).url, flush=True)
signal.sigwait({signal.SIGINT, signal.SIGTERM})
mock.stop()
