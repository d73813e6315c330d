#!/bin/bash
# There is no room for a while, BUILD [EVENTS [FAULT]]: the disk, the quota or a file is full. 503, no death, and by itself back to
# work once there is room.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"
use_build "$1" no-sanitizer
events=${2:-2000}
read -ra faults <<<"${3:-enospc edquot efbig}"
for fault in "${faults[@]}"; do
	make_store
	build_shim
	oracle "$fault" "path=daybook.db;op=write;nth=300;for=20;do=$fault" \
		--count "$events" --rate 500 --kills 0 --honour-retry-after
	[ "$(jq .self_deaths "$work/report")" = 0 ]
	verdict "$fault: the daemon lives on" $?
	jq -e '.codes["503"] > 0' "$work/report" >/dev/null
	verdict "$fault: senders are told to come back (503)" $?
	after "$fault"
	rm -rf "$work"
done
finish enospc
