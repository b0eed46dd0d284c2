# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Bouncy Castle's jars, and the Maven repository from which src/java is built offline. Needs parts/ground.sh, and bootstrap's is_made and
# made. Where Maven fetches from is its own configuration's business.

KIF_DEPENDENCY_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.6.1

# maven REPOSITORY ARGUMENT…
maven() {
  local repository=$1
  shift
  logged mvn --batch-mode --strict-checksums "-Dmaven.repo.local=$repository" "$@"
}

# cached_jar ARTIFACT SHA256: prints the path of the jar in the cache, fetched at the first time and checked at every later one.
cached_jar() {
  local artifact=$1 sha256=$2 jar=$KIF_CACHE/jars/$2.jar folder
  if [ "$(sha256sum 2>/dev/null <"$jar" | cut -d ' ' -f 1)" != "$sha256" ]; then
    folder=$(mktemp -d -p "$KIF_CACHE")
    if ! maven "$KIF_CACHE/maven/fetch" "$KIF_DEPENDENCY_PLUGIN:get" "-Dartifact=$artifact" -Dtransitive=false ||
      ! maven "$KIF_CACHE/maven/fetch" "$KIF_DEPENDENCY_PLUGIN:copy" "-Dartifact=$artifact" "-DoutputDirectory=$folder/jar"; then
      fail "cannot fetch $artifact" "Maven must reach its repository once; later runs take the jar from $KIF_CACHE/jars"
    fi
    [ "$(cat "$folder"/jar/*.jar | sha256sum | cut -d ' ' -f 1)" = "$sha256" ] ||
      fail "cannot use $artifact: its digest is not the one of tools/java-jars.txt"
    mkdir -p "$KIF_CACHE/jars"
    mv "$folder"/jar/*.jar "$jar"
    rm -rf "$folder"
    say "fetched $artifact"
  fi
  echo "$jar"
}

java_jars() {
  local artifact sha256 jar name folder recipe
  recipe=$(cat tools/java-jars.txt)
  is_made java kif-jars.txt "$recipe" && return
  folder=$(mktemp -d -p build/deps)
  while read -r artifact sha256; do
    jar=$(cached_jar "$artifact" "$sha256") || exit 1
    name=${artifact#*:}
    install -m 644 "$jar" "$folder/${name%:*}-${name#*:}.jar"
  done < <(grep -v '^#' tools/java-jars.txt)
  cp tools/java-jars.txt "$folder/kif-jars.txt"
  made java "$folder" "$recipe"
}

# The repository is filled by the build itself: nothing else knows all that Maven wants.
java_repository() {
  local cached recipe folder
  recipe=$(cat src/java/pom.xml && dpkg-query -W -f '${Version}' maven)
  is_made maven kif-repository "$recipe" && return
  cached=$KIF_CACHE/maven/$(recipe_digest "$recipe")
  if [ ! -e "$cached/kif-repository" ]; then
    folder=$(mktemp -d -p "$KIF_CACHE")
    maven "$folder/repository" --file src/java/pom.xml "-Dkif.build=$folder/build" package ||
      fail "cannot build src/java" "Maven must reach its repository once; later runs need no network"
    touch "$folder/repository/kif-repository"
    put_in_place "$folder/repository" "$cached"
    rm -rf "$folder"
    say "filled the Maven repository of src/java"
  fi
  folder=$(mktemp -d -p build/deps)
  cp -r "$cached/." "$folder/"
  made maven "$folder" "$recipe"
}
