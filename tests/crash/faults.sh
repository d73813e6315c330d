#!/bin/bash
# Storage that fails in other ways, BUILD [EVENTS]: write and fsync errors, half writes, death around them.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"
use_build "$1" no-sanitizer
events=${2:-1000}
while read -r name spec; do
	make_store
	build_shim
	oracle "$name" "path=daybook.db;$spec" --count "$events" --rate 500 --kills 0 --expect-self-death
	after "$name"
	rm -rf "$work"
done <<-'SPECS'
	write-error op=write;nth=97;every=1;do=eio
	fsync-error op=sync;nth=37;every=1;do=syncfail
	half-write op=write;nth=50;every=1;do=short
	killed-before-write op=any;rnd=600;do=kill
	killed-after-fsync op=sync;rnd=150;do=killafter
SPECS
finish faults
