# TAP from shell scripts, which source this file.
#
# $work is an empty directory that goes with the script; $work/output is what the last
# check has printed.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
failed=0

# result STATUS NAME: a test that succeeded if the status is 0; otherwise the output is
# shown.
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        head -n 100 "$work/output" | sed 's/^/#   /'
        failed=1
    fi
}

# check NAME COMMAND…: the command succeeds.
check() {
    name=$1
    shift
    status=0
    "$@" >"$work/output" 2>&1 || status=$?
    result "$status" "$name"
}

# skip NAME: a tool is missing.
skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP not installed"
}

# The last line of a script.
finish() {
    echo "1..$number"
    exit "$failed"
}
