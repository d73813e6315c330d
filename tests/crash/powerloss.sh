#!/bin/bash
# Simulated power loss, BUILD [EVENTS]: what was not fsynced is undone in random sectors, then SIGKILL.
# A store that only survives kill -9 loses hundreds of acknowledged events here.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"
use_build "$1" no-sanitizer
events=${2:-2000}
make_store
build_shim
oracle "power loss" "path=daybook.db;op=any;rnd=${RND:-400};do=powerloss;tear=70" \
	--count "$events" --rate 500 --kills 0 --expect-self-death
losses=$(grep -c . "$work/faults" 2>/dev/null)
[ "${losses:-0}" -gt 0 ]
verdict "power loss: the shim struck ${losses:-0} times" $?
after "power loss"
finish powerloss
