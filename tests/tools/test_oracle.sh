#!/bin/bash
# The oracle passes the correct toy server and catches each planted bug: a test that cannot fail proves nothing.
set -u
here=$(cd "$(dirname "$0")" && pwd)
python=/usr/bin/python3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
port=$($python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
checks=0 failures=0

run() { # name, exit status wanted, what must be found, mode of the toy server, shim spec
	local name=$1 want=$2 what=$3 start="$python $here/toyserver.py --port $port --db $work/$1.db --secret s3cret --mode $4"
	local options="--kills 4 --kill-min 0.1 --kill-max 0.4" status found
	if [ -n "$5" ]; then
		start="env LD_PRELOAD=$work/iofault.so IOFAULT=path=$name.db;$5 $start"
		options="--kills 0 --expect-self-death"
	fi
	# shellcheck disable=SC2086
	$python "$here/ack_oracle.py" --url "http://127.0.0.1:$port/hooks/whatsapp" --secret s3cret --start-cmd "$start" \
		--ready-url "http://127.0.0.1:$port/healthz" --verify-sqlite "$work/$name.db" \
		--verify-sql 'SELECT id,body FROM event' --ledger "$work/$name.ledger" --report "$work/$name.json" \
		--daemon-log "$work/$name.log" --seed 7 --count 1000 --rate 600 --drain-limit 5 $options >"$work/$name.out" 2>&1
	status=$?
	found=$(sed -n '/"found"/,/}/s/ *"\([A-Z]*\)": [1-9].*/\1/p' "$work/$name.json" 2>/dev/null | tr '\n' ' ')
	checks=$((checks + 1))
	if [ $status -eq "$want" ] && [[ " $found" == *" $what"* ]]; then
		printf 'ok      %-16s found %s\n' "$name" "${found:-nothing}"
		return
	fi
	failures=$((failures + 1))
	printf 'FAILED  %-16s exit %d (want %d), found %s (want %s)\n' "$name" $status "$want" "${found:-nothing}" "$what"
	tail -n 5 "$work/$name.out" "$work/$name.log"
}

gcc -O2 -Wall -Wextra -shared -fPIC "$here/iofault.c" -o "$work/iofault.so" -ldl -lpthread || exit 2
run good 0 "" good ""
run no-dedupe 1 DOUBLE no-dedupe ""
run no-hmac 1 GHOST no-hmac ""
run dup-409 1 REFUSED dup-409 ""
run full-powerloss 0 "" good "op=any;rnd=400;do=powerloss;tear=70"
run normal-powerloss 1 LOST normal "op=any;rnd=600;do=powerloss;tear=70"
printf 'oracle: Checks: %d, Failures: %d, Errors: 0\n' "$checks" "$failures"
[ "$failures" -eq 0 ]
