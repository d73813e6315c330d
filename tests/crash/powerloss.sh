#!/bin/bash
# Simulated power loss, BUILD [EVENTS]: what was not fsynced is undone in random sectors, then SIGKILL.
# A store that only survives kill -9 loses hundreds of acknowledged events here.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"
use_build "$1" no-sanitizer
events=${2:-2000}
make_store
build_shim
# At one of the first RND calls on the log, or of the syncs, or of forty times as many writes: a checkpoint at a start is
# thousands of them, begun anew after each loss, and would never be done.
rnd=${RND:-60} how="do=powerloss;tear=70"
oracle "power loss" "path=daybook.db-wal;op=any;rnd=$rnd;$how|path=daybook.db;op=sync;rnd=$rnd;$how|path=daybook.db;op=write;rnd=$((40 * rnd));$how" \
	--count "$events" --rate 500 --kills 0 --expect-self-death
losses=$(grep -c . "$work/faults" 2>/dev/null)
[ "${losses:-0}" -gt 0 ]
verdict "power loss: the shim struck ${losses:-0} times" $?
after "power loss"
finish powerloss
