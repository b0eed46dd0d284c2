#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# src/java/build_jar.sh MAVEN REPOSITORY BUILD-FOLDER: BUILD-FOLDER/kif-java.jar, built offline by Maven from the repository that
# tools/bootstrap filled. The jar records the modes of the files that it is made of, so they must not be this user's.
set -eu
umask 022
exec "$1" --offline --quiet --batch-mode "-Dmaven.repo.local=$2" "-Dkif.build=$3" --file "$(dirname "$0")/pom.xml" package
