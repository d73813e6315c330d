#!/bin/bash
# How fast a full store answers: timeline pages, contact lists and searches over HTTP, p50, p99 and CPU, as somebody who sees
# everything, a team's, 1 % and 0.01 % of the contacts; alone and while 500 signed webhooks a second come in. docs/measurements.md.
#
#   tests/bench/read/run.sh --turns 20 [--only REGEX] …     what readers cost the webhooks, in turns
#   tests/bench/read/run.sh [--reuse FOLDER] [--entries 1000000] [--contacts 100000] [--only REGEX] [--rate 500] [--build DIR] …
#
# Without --build it makes a release build in build/bench.
set -u
top=$(cd "$(dirname "$0")/../../.." && pwd)
case " $* " in
*" --build "*) ;;
*)
	[ -f "$top/build/bench/build.ninja" ] || meson setup "$top/build/bench" "$top" --buildtype=release -Dtests=false >/dev/null || exit 1
	ninja -C "$top/build/bench" >/dev/null || exit 1
	;;
esac
exec /usr/bin/python3 "$(dirname "$0")/run.py" "$@"
