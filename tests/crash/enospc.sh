#!/bin/bash
# The disk is full for a while, BUILD [EVENTS]: 503, no death, and by itself back to work once there is room.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"
use_build "$1" no-sanitizer
events=${2:-2000}
make_store
build_shim
oracle "disk full" "path=daybook.db;op=write;nth=300;for=100;do=enospc" \
	--count "$events" --rate 500 --kills 0 --honour-retry-after
[ "$(jq .self_deaths "$work/report")" = 0 ]
verdict "disk full: the daemon lives on" $?
jq -e '.codes["503"] > 0' "$work/report" >/dev/null
verdict "disk full: senders are told to come back (503)" $?
after "disk full"
finish enospc
