# SPDX-License-Identifier: Apache-2.0
"""The manifests of deploy/kubernetes are what the Kubernetes API takes, strictly read, and meet the Restricted Pod Security Standard."""

import json
import unittest

import ground
from ground import manifests, read

# (what is changed, into what, a part of the answer): each makes a manifest that must be refused.
REFUSED = (
    ("runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot != true"),
    ("runAsUser: 65534", "runAsUser: 0", "runAsUser=0"),
    ("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "allowPrivilegeEscalation != false"),
    ('drop: ["ALL"]', 'drop: ["NET_RAW"]', "unrestricted capabilities"),
    ("type: RuntimeDefault", "type: Unconfined", "seccompProfile"),
    ("automountServiceAccountToken: false", "hostPID: true", "host namespaces"),
    ("readOnlyRootFilesystem:", "readOnlyRootFilesytem:", 'unknown field "spec.containers[0].securityContext.readOnlyRootFilesytem"'),
    ("kind: Pod", "kind: Pot", 'no kind "Pot"'),
    ("periodSeconds: 10", "periodSeconds: ten", "cannot unmarshal string"),
)


class Manifests(unittest.TestCase):
    maxDiff = None

    def test_all_are_taken_and_restricted(self):
        code, found = read(*manifests())
        self.assertEqual(code, 0, found)
        self.assertEqual([(one["kind"], "pod" in one) for one in found],
                         [("Deployment", True), ("Job", True), ("ConfigMap", False), ("Pod", True), ("Pod", True)])

    def test_what_is_not_restricted_or_misspelt_is_refused(self):
        text = (ground.options.manifests / "pod.yaml").read_text()
        for before, after, answer in REFUSED:
            with self.subTest(after):
                self.assertIn(before, text)
                path = ground.work / "refused.yaml"
                path.write_text(text.replace(before, after))
                code, found = read(path)
                self.assertEqual(code, 1)
                self.assertIn(answer, "\n".join(found[0]["refused"]))

    def test_more_than_the_standard_asks_for(self):
        """A read-only root, no service account's token, a memory limit; and kif-init stays the first process."""
        for found in read(*manifests())[1]:
            if "pod" not in found:
                continue
            self.assertIs(found["pod"]["automountServiceAccountToken"], False)
            for container in found["pod"]["containers"]:
                self.assertNotIn("command", container, "it would take the entrypoint's place")
                self.assertIn("memory", container["resources"]["limits"])
            for container in found["pod"]["containers"] + found["pod"].get("initContainers", []):
                self.assertIs(container["securityContext"]["readOnlyRootFilesystem"], True)
                self.assertEqual(container["terminationMessagePolicy"], "FallbackToLogsOnError", "a refused start would give no reason")
            # A container that goes on is asked how it is; --check would make all checks again, each time.
            for container in found["pod"]["containers"] if found["pod"].get("restartPolicy") != "Never" else []:
                for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                    self.assertEqual(container[probe]["exec"]["command"], ["/usr/lib/kif/kif-init", "--health"])

    def test_the_profile_is_where_the_pod_looks_for_it(self):
        name = ground.pod("pod-without-kernel-randomness.yaml")["securityContext"]["seccompProfile"]["localhostProfile"]
        folder, _, file = name.rpartition("/")
        self.assertEqual(folder, "kif")
        self.assertIn("getrandom", json.loads((ground.options.manifests / "seccomp" / file).read_text())["syscalls"][0]["names"])


if __name__ == "__main__":
    ground.main()
