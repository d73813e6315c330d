#!/bin/bash
# Simulated power loss, BUILD [EVENTS]: what was not fsynced is undone in random sectors, then SIGKILL.
# A store that only survives kill -9 loses hundreds of acknowledged events here.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"
use_build "$1" no-sanitizer
events=${2:-2000}
make_store
build_shim
# At a call on the log or a sync of the database, one of the first RND. Not at each write of the database: a checkpoint at a
# start is thousands of them, begun anew after each loss; its sync loses as many sectors.
how="rnd=${RND:-60};do=powerloss;tear=70"
oracle "power loss" "path=daybook.db-wal;op=any;$how|path=daybook.db;op=sync;$how" \
	--count "$events" --rate 500 --kills 0 --expect-self-death
losses=$(grep -c . "$work/faults" 2>/dev/null)
[ "${losses:-0}" -gt 0 ]
verdict "power loss: the shim struck ${losses:-0} times" $?
after "power loss"
finish powerloss
