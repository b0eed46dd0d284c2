# SPDX-License-Identifier: Apache-2.0
"""Where kif differs from umoci or podman's libraries in what it makes of an image, and why: others_test.py holds kif to it. docs/images.md has it in short."""

import collections

# `cases`: a regular expression for the names of cases; `differs`: refused, taken alone, another tree; `reason`: in kif's error.
Decision = collections.namedtuple("Decision", "cases differs reason why")

DECISIONS = [
    # What is refused although somebody takes it.
    Decision("", "refused", "leads out of the image", "names that leave the image: others cut them off at the root, and no tree of files has them"),
    Decision("", "refused", "has an owner that Linux cannot have|negative number in the tar header",
             "owners below 0 or of 2**32 - 1 and more: chown takes -1 for \"leave as it is\", so the file would stay root's"),
    Decision("^PAX (uid|gid|mtime|size): (minus|plus)", "refused", "bad PAX record", "numbers with a sign where POSIX has none: an owner below 0, a size of +1"),
    Decision("^tar: a whiteout of \\.\\.", "refused", "is a whiteout of no file", "a whiteout of \"..\": umoci takes it for nothing, podman fails on the folder above"),
    Decision("^tar: a file in a whiteout", "refused", "lies in a whiteout", "a file in a folder called .wh.…: readers differ in what it is"),
    Decision("300 folders deep", "refused", "lies deeper than", "more than 256 folders deep: no image has that, and every walk over it costs"),
    Decision("^layer: labelled .* has (xz|bzip2)", "refused", "layers may not be", "layers compressed by xz or bzip2: no media type says so, and docker and umoci refuse them"),
    Decision("^layer type: foreign", "refused", "foreign layer", "foreign layers: their content is not part of the image, and a registry need not hand it on"),
    Decision("^layer type|^manifest layers", "refused", "mediaType is |v{100}", "media types of layers that nobody defined: podman reads no label at all"),
    Decision("^manifest layers|^manifest layers\\.0", "refused", "disagree|is null, not an object|digest is missing|digest: not a digest|v{100}",
             "layers that do not fit the configuration, or have no digest: nothing could be verified (podman's answer here looks at no layer)"),
    Decision("\\.size: (absent|null|minus|number)$", "refused", "size (is missing|is negative|mismatch)", "blobs without their size, or with another: it is part of what is verified"),
    Decision("^layout imageLayoutVersion", "refused", "imageLayoutVersion|oci-layout", "layouts of no version or another: image-spec demands 1.0.0; podman does not look"),
    Decision(" schemaVersion: (number|minus)", "refused", "schemaVersion", "a schemaVersion that is not 2: it may mean anything"),
    Decision(" mediaType: ", "refused", "its media type is not its descriptor's|v{100}", "documents that say they are of another type than their descriptor does: readers differ in whom they believe"),
    Decision("manifests\\.0\\.mediaType", "refused", "mediaType is missing|it is not an image but|v{100}", "entries of an index without a type that is known: podman guesses"),
    Decision("platform\\.(os|architecture): ", "refused", "it has no image for", "an index that names another platform: umoci does not look"),
    Decision("^config (os|architecture): ", "refused", "for another platform than its index says|v{100}",
             "a configuration for another platform than the index says: the layer holds programs for one of them"),
    Decision("not UTF-8", "refused", "not JSON", "half of a UTF-16 surrogate in a JSON string: Go puts another character in its place, so two readers see two texts"),
    Decision("^config rootfs", "refused", "rootfs|disagree", "a configuration without its layers' digests: there is nothing to verify the layers by (umoci fails too, podman's answer here looks at no layer)"),
    # What is taken although nobody takes it.
    Decision("^tar dev(major|minor): (wrong|minus)", "taken alone", "", "numbers of devices are not read: kif makes no devices"),
    Decision("^PAX (atime|ctime|uname|gname): ", "taken alone", "", "times of access and change, names of owners: kif reads none of them"),
    Decision("^tar type: 7", "taken alone", "", "type 7, a contiguous file: POSIX has it read as a regular one"),
    Decision("^tar: hard link to itself", "taken alone", "", "a hard link of a file to itself: nothing changes"),
    Decision("^index: (artifact|unknown type) before", "taken alone", "", "what is not an image is passed over wherever it stands in an index"),
    Decision("^config (author|created|history|os\\.|config\\.(ArgsEscaped|ExposedPorts|StopSignal|Volumes))|^index manifests\\.0\\.(data|urls|platform\\.os\\.version)|^manifest subject",
             "taken alone", "", "members that kif does not read may be of any type; they are kept as they are"),
]
