# Finds a JDK that can run the program; sourced by the launchers.

readonly wanted=25

# The major version of the JDK in directory $1, from its file "release"; 0 if there is none.
major_version() {
    version=0
    if [ -x "$1/bin/java" ] && [ -r "$1/release" ]; then
        version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    fi
    echo "${version:-0}"
}

# The directory of the first JDK that is new enough.
find_jdk() {
    on_path=$(command -v java || true)
    if [ -n "$on_path" ]; then
        on_path=$(readlink -f "$on_path" 2>/dev/null || echo "$on_path")
        on_path=${on_path%/bin/java}
    fi
    from_macos=
    if [ -x /usr/libexec/java_home ]; then
        from_macos=$(/usr/libexec/java_home -v "$wanted+" 2>/dev/null || true)
    fi
    for jdk in "${JAVA_HOME:-}" "$on_path" "$from_macos" /usr/lib/jvm/* "${HOME:-}"/.sdkman/candidates/java/* \
        "${HOME:-}"/.jdks/* /opt/*jdk* /opt/java/*; do
        if [ -n "$jdk" ] && [ "$(major_version "$jdk")" -ge "$wanted" ]; then
            echo "$jdk"
            return
        fi
    done
}
