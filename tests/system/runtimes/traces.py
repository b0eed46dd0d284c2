# SPDX-License-Identifier: Apache-2.0
"""What a trace says a run took from the kernel: uses that count, uses that no security rests on, devices opened and not read."""

import collections


def origin(event):
    """Who called: file names from the call outwards, with the functions that the files name."""
    frames = []
    for frame in event.get("callers", [])[:4]:
        text = frame["file"].rsplit("/", 1)[-1]
        frames.append(text + (" " + frame["symbol"] if frame.get("symbol") else ""))
    return " < ".join(frames)


def line(event):
    size = f"{event['bytes']} bytes" if event.get("bytes") is not None else "no bytes"
    flags = event.get("flags") or "0"
    return f"{event['process']}: {event['act']} {event['source']}, {size}, flags {flags}, from {origin(event) or 'unknown'}"


class Account:
    """The events of one trace, sorted."""

    def __init__(self, trace):
        self.kernel_bytes = 0
        self.exceptions = set()
        self.uses, self.excused, self.opens = (collections.Counter() for _ in range(3))
        for event in trace["events"]:
            if not event["security_use"]:
                self.exceptions.add((event["source"], event.get("bytes"), event.get("flags", "0"), origin(event).split(" ")[0], event["reason"]))
                self.excused[line(event) + " (" + event["reason"] + ")"] += 1
            elif event["act"] == "open":
                self.opens[line(event)] += 1
            else:
                self.uses[line(event)] += 1
                self.kernel_bytes += event.get("bytes") or 0
        self.exceptions = sorted(self.exceptions, key=str)
        self.looked_at = trace["notifications"]
        whole = trace["started"] and not trace["dropped"] and not trace["unread"] and not trace.get("failure")
        self.fault = None if whole else "the trace is not whole"

    def report(self):
        for title, counted in (("USE OF THE KERNEL'S RANDOMNESS", self.uses), ("opened, nothing read", self.opens), ("no security use", self.excused)):
            for text, count in sorted(counted.items()):
                yield f"{title}: {count} times {text}"
