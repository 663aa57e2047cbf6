"""What processes cost, read from /proc."""

import os

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The name in parentheses may hold blanks: the numbers begin after the last one.
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def descendants(pid):
    """The process and all below it."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(entry)):
            parents.setdefault(int(fields[1]), []).append(int(entry))
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting += parents.get(current, [])
    return found


def cpu_of(pid):
    """CPU seconds of the process, what runs below it, and what below it has ended and was waited for."""
    total = 0
    for process in descendants(pid):
        if fields := _stat(process):
            total += sum(int(ticks) for ticks in fields[11:15])
    return total / TICKS


def memory_of(pid, peak=True):
    """The most memory the process has held at any time (VmHWM), or holds now (VmRSS), in MB."""
    field = "VmHWM:" if peak else "VmRSS:"
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            for line in file:
                if line.startswith(field):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def percentile(ordered, percent):
    """The smallest value that at least so many percent do not exceed (nearest rank)."""
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]
