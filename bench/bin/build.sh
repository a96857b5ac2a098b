# Finds a JDK and builds the measurements when their sources have changed; sourced by the launchers in this folder, which set "command" to their name.

# Says why it cannot go on.
fail() {
    echo "$command: $1" >&2
    exit 2
}

# A launcher may have been called through a symbolic link.
project=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/../.." && pwd)
program=$project/bench/target
# shellcheck source=../../tresnet/bin/jdk.sh
. "$project/tresnet/bin/jdk.sh"
# shellcheck source=../../tresnet/bin/lock.sh
. "$project/tresnet/bin/lock.sh"

# Whether a source file is newer than the file $1.
is_stale() {
    [ ! -e "$1" ] || [ -n "$(find "$project/pom.xml" "$project/engine" "$project/tresnet" "$project/bench" \
        -name target -prune -o \( -name '*.java' -o -name '*.proto' -o -name pom.xml -o -path '*/src/main/resources/*' \) \
        -newer "$1" -print | head -n 1)" ]
}

# Builds unless nothing has changed since the last time; further arguments are options for Maven.
build_if_stale() {
    built=$program/$command-built
    if ! is_stale "$built"; then
        return
    fi
    command -v mvn >/dev/null || fail "building the measurement needs Maven (mvn); install it and try again"
    mkdir -p "$program"
    # Both launchers build the same modules.
    mkdir -p "$project/tresnet/target"
    lock "$project/tresnet/target" "$command"
    if is_stale "$built"; then
        build "$@"
    fi
    unlock
}

build() {
    echo "$command: building" >&2
    started=$program/building.$$
    : >"$started"
    # The options silence warnings about the libraries that Maven itself consists of, and what it sends to a terminal even without colours.
    if ! (cd "$project" && JAVA_HOME=$jdk \
        MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED -Djansi.noreset=true ${MAVEN_OPTS:-}" \
        mvn -B -q -DskipTests -Dstyle.color=never "$@" -pl bench -am package) >&2; then
        rm -f "$started"
        fail "the build failed; the messages above say why"
    fi
    mv "$started" "$built"
}

jdk=$(find_jdk)
# shellcheck disable=SC2154 # set in jdk.sh
[ -n "$jdk" ] || fail "a JDK $wanted or newer is needed and was not found; install one (https://adoptium.net) or set JAVA_HOME to it"
