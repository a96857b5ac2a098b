# Lets one process build at a time, since two that write the same files spoil each other's; sourced by the launchers.

# Waits for the lock of the directory $1, which is this process's until it ends or says unlock; $2 is who says that it waits.
lock() {
    locked=$1/building
    if command -v flock >/dev/null; then
        exec 7>"$locked.lock"
        flock -n 7 || {
            say_waiting "$2"
            flock 7 || :
        }
        return
    fi
    said=
    until mkdir "$locked.directory" 2>/dev/null; do
        owner=$(cat "$locked.directory/owner" 2>/dev/null || :)
        # Of several that notice that it was killed, one follows it.
        if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null && mkdir "$locked.directory/after-$owner" 2>/dev/null; then
            break
        fi
        [ -n "$said" ] || say_waiting "$2" "; if there is none, remove $locked.directory"
        said=yes
        sleep 1
    done
    echo $$ >"$locked.directory/owner"
}

say_waiting() {
    echo "$1: waiting for another start, which is building the program${2:-}" >&2
}

unlock() {
    if command -v flock >/dev/null; then
        exec 7>&-
    else
        rm -r "$locked.directory"
    fi
}
