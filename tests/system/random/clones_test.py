# SPDX-License-Identifier: Apache-2.0
"""Children that no fork handler sees, also such as have their parent's process number: nobody draws what another one has drawn.

The control is the image as it was: there libcrypto, which knows a fork by the process number, gives parent and child the same bytes where both are process 1.
"""

import ground
from ground import SETTINGS, Test, parts

HOWS = ["fork", "plain", "clone3", "_Fork", "vfork", "namespaces"]
DRAWS = ["getrandom", "RAND_bytes", "RAND_priv_bytes", "key"]
COUNT = 27  # by a parent, two children and their children, three at a time
BUSY = 60
SCRIPT = "".join(f"echo '== {how} {draw}'; /t/clones {how} {draw}\n" for how in HOWS for draw in DRAWS)


class Clones(Test):
    def family(self, said, how, draw):
        text = said[f"{how} {draw}"].strip()
        first = 5 * 2 - 1 if how == "namespaces" else 0
        if text.startswith("skipped: "):
            print(f"{how} {draw}: {text}")
            return None
        numbers = [int(word) for word in text.split() if word.isdigit()]
        self.assertEqual((numbers[0], numbers[2]), (COUNT, first), f"{how} {draw}: {text}")
        return numbers[1]

    def test_nobody_draws_twice(self):
        for setting in SETTINGS:
            said = parts(self.shell(SCRIPT, expect=None, **SETTINGS[setting]).stdout)
            for how in HOWS:
                for draw in DRAWS:
                    with self.subTest(f"{setting} {how} {draw}"):
                        self.assertIn(self.family(said, how, draw), (COUNT, None))

    def test_control_without_kif(self):
        said = parts(self.shell(SCRIPT, expect=None, image="plain").stdout)
        for draw in DRAWS:
            with self.subTest(draw):
                self.assertEqual(self.family(said, "plain", draw), COUNT)
                distinct = self.family(said, "namespaces", draw)
                if distinct is not None and draw != "getrandom":
                    self.assertLess(distinct, COUNT, "libcrypto alone gives parent and child the same bytes")

    def test_while_threads_draw(self):
        """A child finds its parent's DRBG in the middle of a draw: it makes one of its own."""
        for setting in SETTINGS:
            with self.subTest(setting):
                self.assertRegex(self.run_image("/t/clones", "busy", str(BUSY), **SETTINGS[setting]).stdout,
                                 f"^draws {2 * BUSY + 2} distinct {2 * BUSY + 2} first processes [02]\n$")


if __name__ == "__main__":
    ground.main()
