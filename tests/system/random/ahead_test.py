# SPDX-License-Identifier: Apache-2.0
"""KIF_DRAW_AHEAD=0: nothing is drawn from the DRBG before somebody asks for it. By counters of what was drawn and what was handed out."""

import unittest

import ground
from ground import INIT, SETTINGS, Test, counters

# Each program is looked at by the two statuses around it. The second one has nothing of kif-init's environment.
SCRIPT = f"""{INIT} --status; /t/caller small 100; {INIT} --status
env -i /t/caller small 100; {INIT} --status
/t/caller hex 50 >/dev/null; {INIT} --status
"""
# Opened, and read once: what else lies ready in the stand-in was drawn ahead.
DEVICE = f"""{INIT} --status; exec 3</dev/urandom; sleep 1; dd bs=16 count=1 <&3 2>/dev/null | wc -c; sleep 1; {INIT} --status"""
ASKED = 1600
# glibc's malloc asks for 8 bytes in each program that uses it.
MOST_OF_MALLOC = 200
PACKET = 512


def handed_out(status):
    return status["catch_all_bytes"] + status["socket_bytes"]


class Ahead(Test):
    def statuses(self, script, setting, **environment):
        how = dict(SETTINGS[setting])
        how["environment"] = {**how.get("environment", {}), **environment}
        return counters(self.shell(script, **how).stdout)

    def test_off(self):
        for setting in ("catch-all", "broker"):
            with self.subTest(setting):
                all_statuses = self.statuses(SCRIPT, setting, KIF_DRAW_AHEAD="0")
                self.assertEqual(len(all_statuses), 4)
                for status in all_statuses:
                    self.assertEqual(status["draw_ahead"], 0)
                    self.assertEqual(status["drawn_bytes"], handed_out(status), status)
                for before, after in zip(all_statuses[:2], all_statuses[1:3]):
                    more = handed_out(after) - handed_out(before) - ASKED
                    self.assertEqual((more >= 0, more % 8, more < MOST_OF_MALLOC), (True, 0, True), more)

    def test_control_on(self):
        for setting in ("catch-all", "broker"):
            with self.subTest(setting):
                before, after, *_ = self.statuses(SCRIPT, setting)
                self.assertEqual(after["draw_ahead"], 1)
                self.assertGreater(after["drawn_bytes"], handed_out(after), "kif-init keeps some")
                self.assertGreater(handed_out(after) - handed_out(before), ASKED + MOST_OF_MALLOC, "the process keeps some")

    def test_a_device_keeps_one_packet(self):
        """A read does not say how much it is going to ask for: one packet lies ready, and no more."""
        before, after = self.statuses(DEVICE, "broker", KIF_DRAW_AHEAD="0")
        self.assertEqual(after["streams"] - before["streams"], 1)
        # The one that was read and the one that lies ready; the programs between may have asked a little.
        self.assertIn((after["socket_bytes"] - before["socket_bytes"]) // PACKET, (1, 2))
        self.assertEqual(after["drawn_bytes"], handed_out(after))
        before, after = self.statuses(DEVICE, "broker")
        # Nobody can take back what lies in a socket, so it is the same where bytes are drawn ahead. Before, 41 packets lay there.
        self.assertIn((after["socket_bytes"] - before["socket_bytes"]) // PACKET, range(1, 8))

    def test_the_status_line_says_so(self):
        self.assertIn(", nothing drawn ahead, ", self.run_image("true", environment={"KIF_DRAW_AHEAD": "0"}).stderr)
        self.assertNotIn("drawn ahead", self.run_image("true").stderr)

    def test_a_misspelt_value_is_refused(self):
        refused = self.run_image("true", environment={"KIF_DRAW_AHEAD": "none"}, expect=93)
        self.assertIn("cannot use the variable KIF_DRAW_AHEAD\n  expected: one of on, off, 0\n  got:      none\n", refused.stderr)


if __name__ == "__main__":
    ground.main()
