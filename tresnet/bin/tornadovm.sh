# Finds a TornadoVM SDK; sourced by the launchers, after jdk.sh.

# Plain 'sdk install tornadovm' gets the build for Java 21.
readonly get_sdk="sdk install tornadovm 5.2.0-jdk25-opencl"

# The directory of the TornadoVM SDK; nothing if there is none.
find_tornadovm() {
    sdkman=${SDKMAN_DIR:-${HOME:-}/.sdkman}/candidates/tornadovm/current
    if [ -n "${TORNADOVM_HOME:-}" ]; then
        echo "$TORNADOVM_HOME"
    elif [ -e "$sdkman" ]; then
        echo "$sdkman"
    fi
}

# The first thing of an SDK that directory $1 lacks; nothing if it has them all.
missing_part() {
    for part in tornado-argfile 'share/java/tornado/tornado-api-*.jar' 'share/java/tornado/tornado-runtime-*.jar' \
        'lib/libtornado-*'; do
        # shellcheck disable=SC2086 # a pattern
        set -- "$1" "$1"/$part
        if [ ! -r "$2" ]; then
            echo "$part"
            return
        fi
    done
}

# The Java version that the SDK in directory $1 was made for, from the name of a jar such as tornado-api-5.2.0-jdk25.jar.
sdk_java() {
    for jar in "$1"/share/java/tornado/tornado-api-*.jar; do
        echo "$jar" | sed -n 's/.*-jdk\([0-9]*\).*/\1/p'
        return
    done
}

# Why the JVM of the JDK in directory $2 does not start with the SDK in directory $1; nothing if it does. The answer is kept in directory $3
# until SDK or JDK change.
tornadovm_problem() {
    arguments=$1/tornado-argfile
    if [ ! -d "$1" ]; then
        echo "TORNADOVM_HOME is $1, which is no directory; unset it, or set it to a TornadoVM SDK"
        return
    fi
    lacking=$(missing_part "$1")
    if [ -n "$lacking" ]; then
        echo "$1 holds no whole TornadoVM SDK, since it lacks $lacking; install one anew with '$get_sdk'," \
            "or set TORNADOVM_HOME to one"
        return
    fi
    java=$(sdk_java "$1")
    if [ -n "$java" ] && [ "$java" -ne "$wanted" ]; then
        echo "the TornadoVM SDK in $1 is for Java $java, not $wanted; install one whose version names jdk$wanted" \
            "('$get_sdk')"
        return
    fi
    found="$2 $1 $(cksum <"$arguments")"
    if [ "$(head -n 1 "$3/tornadovm" 2>/dev/null)" = "$found" ]; then
        sed 1d "$3/tornadovm"
        return
    fi
    answer=$("$2/bin/java" "@$arguments" --module-path "$1/share/java/tornado" -version 2>&1) && answer=
    if [ -n "$answer" ]; then
        version=$("$2/bin/java" -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')
        answer=$(echo "JDK $version does not start with the TornadoVM SDK in $1" \
            "($(echo "$answer" | grep -v '^WARNING' | tail -n 1)); set JAVA_HOME to a JDK that does, or install the SDK anew" \
            "with '$get_sdk'")
    fi
    if [ -w "$3" ]; then
        printf '%s\n' "$found" ${answer:+"$answer"} >"$3/tornadovm"
    fi
    [ -z "$answer" ] || echo "$answer"
}

# The module path for the SDK in directory $1 and a program with its libraries in directory $2. Modules win over the class path, and some libraries of an SDK are
# older than the program needs: the CUDA one has commons-math3 3.2. Whatever both have is taken from where it is newer.
module_path() {
    newer=
    for theirs in "$1"/share/java/tornado/*.jar; do
        name=${theirs##*/}
        for ours in "$2/${name%%-[0-9]*}"-[0-9]*.jar; do
            newest=$(printf '%s\n' "$name" "${ours##*/}" | sort -V | tail -n 1)
            if [ -e "$ours" ] && [ "$newest" != "$name" ]; then
                newer=$newer$ours:
            fi
        done
    done
    echo "$newer$1/share/java/tornado"
}

# A kernel that does not compile must be an error: by default TornadoVM runs it as Java, and wrongly.
# The memory is a limit that TornadoVM puts on itself, 4 GB if nobody says more; ours is the option --device-memory.
readonly tornadovm_options="-Dtornado.recover.bailout=False -Dtornado.max.events=64 \
    -Dtornado.tvm.maxbytecodesize=262144 -Dtornado.device.memory=1024GB"
