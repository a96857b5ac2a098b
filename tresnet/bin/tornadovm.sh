# Finds a TornadoVM SDK; sourced by the launchers.

# The directory of the TornadoVM SDK; nothing if there is none.
find_tornadovm() {
    sdkman=${SDKMAN_DIR:-${HOME:-}/.sdkman}/candidates/tornadovm/current
    if [ -n "${TORNADOVM_HOME:-}" ]; then
        echo "$TORNADOVM_HOME"
    elif [ -e "$sdkman" ]; then
        echo "$sdkman"
    fi
}

# Why the JVM of the JDK in directory $2 does not start with the SDK in directory $1; nothing if it does. The answer is kept in directory $3
# until SDK or JDK change.
tornadovm_problem() {
    arguments=$1/tornado-argfile
    if [ ! -r "$arguments" ]; then
        echo "$1 holds no TornadoVM SDK, since it lacks the file tornado-argfile"
        return
    fi
    found="$2 $1 $(cksum <"$arguments")"
    if [ "$(head -n 1 "$3/tornadovm" 2>/dev/null)" != "$found" ]; then
        answer=$("$2/bin/java" "@$arguments" --module-path "$1/share/java/tornado" -version 2>&1) && answer=
        {
            echo "$found"
            if [ -n "$answer" ]; then
                echo "JDK $("$2/bin/java" -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p') does not start with the TornadoVM SDK" \
                    "in $1: $(echo "$answer" | grep -v '^WARNING' | tail -n 1)"
            fi
        } >"$3/tornadovm"
    fi
    sed 1d "$3/tornadovm"
}

# A kernel that does not compile must be an error: by default TornadoVM runs it as Java, and wrongly.
# The memory is a limit that TornadoVM puts on itself; ours is the option --device-memory, of at most 8 GB.
readonly tornadovm_options="-Dtornado.recover.bailout=False -Dtornado.max.events=64 \
    -Dtornado.tvm.maxbytecodesize=4194304 -Dtornado.device.memory=9GB"
