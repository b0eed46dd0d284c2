# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Bouncy Castle's jars, the applications that tests run, and the Maven repository from which src/java is built offline. Needs parts/ground.sh,
# and bootstrap's is_made and made. Where Maven fetches from is its own configuration's business.

KIF_DEPENDENCY_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.6.1

# maven REPOSITORY ARGUMENT…
maven() {
  local repository=$1
  shift
  logged mvn --batch-mode --strict-checksums "-Dmaven.repo.local=$repository" "$@"
}

# has_jar SHA256: is there such a jar in the cache, and is it still the same?
has_jar() {
  [ "$(sha256sum 2>/dev/null <"$KIF_CACHE/jars/$1.jar" | cut -d ' ' -f 1)" = "$1" ]
}

# fetch_jars LIST: what the cache lacks of a list like tools/java-jars.txt, in one run of Maven.
fetch_jars() {
  local list=$1 artifact sha256 group name version rest items='' folder jar missing=()
  while read -r artifact sha256 rest; do
    has_jar "$sha256" && continue
    missing+=("$artifact $sha256")
    IFS=: read -r group name version <<<"$artifact"
    items+="<artifactItem><groupId>$group</groupId><artifactId>$name</artifactId><version>$version</version></artifactItem>"
  done < <(grep -v '^#' "$list")
  [ "${#missing[@]}" -gt 0 ] || return 0
  folder=$(mktemp -d -p "$KIF_CACHE")
  cat >"$folder/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>kif</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>
    <configuration>
      <artifactItems>$items</artifactItems>
      <outputDirectory>$folder/jars</outputDirectory><prependGroupId>true</prependGroupId>
    </configuration>
  </plugin></plugins></build>
</project>
POM
  maven "$KIF_CACHE/maven/fetch" --file "$folder/pom.xml" "$KIF_DEPENDENCY_PLUGIN:copy" ||
    fail "cannot fetch the jars of $list" "Maven must reach its repository once; later runs take them from $KIF_CACHE/jars"
  mkdir -p "$KIF_CACHE/jars"
  while read -r artifact sha256; do
    jar=$folder/jars/$(tr : . <<<"${artifact%:*}")-${artifact##*:}.jar
    [ "$(sha256sum <"$jar" | cut -d ' ' -f 1)" = "$sha256" ] || fail "cannot use $artifact: its digest is not the one of $list"
    mv "$jar" "$KIF_CACHE/jars/$sha256.jar"
  done < <(printf '%s\n' "${missing[@]}")
  rm -rf "$folder"
  say "fetched ${#missing[@]} jars of $list"
}

# put_jar ARTIFACT SHA256 FOLDER: a jar of the cache, under the name that its publisher gave it.
put_jar() {
  local artifact=$1 sha256=$2 folder=$3 name=${1#*:}
  mkdir -p "$folder"
  install -m 644 "$KIF_CACHE/jars/$sha256.jar" "$folder/${name%:*}-${name#*:}.jar"
}

java_jars() {
  local artifact sha256 folder recipe
  recipe=$(cat tools/java-jars.txt)
  is_made java kif-jars.txt "$recipe" && return
  fetch_jars tools/java-jars.txt
  folder=$(mktemp -d -p build/deps)
  while read -r artifact sha256; do
    put_jar "$artifact" "$sha256" "$folder"
  done < <(grep -v '^#' tools/java-jars.txt)
  cp tools/java-jars.txt "$folder/kif-jars.txt"
  made java "$folder" "$recipe"
}

# A folder for each application: its class path.
java_apps() {
  local artifact sha256 applications application folder recipe
  recipe=$(cat tools/java-apps.txt)
  is_made java-apps kif-apps.txt "$recipe" && return
  fetch_jars tools/java-apps.txt
  folder=$(mktemp -d -p build/deps)
  while read -r artifact sha256 applications; do
    for application in ${applications//,/ }; do
      put_jar "$artifact" "$sha256" "$folder/$application"
    done
  done < <(grep -v '^#' tools/java-apps.txt)
  cp tools/java-apps.txt "$folder/kif-apps.txt"
  made java-apps "$folder" "$recipe"
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
