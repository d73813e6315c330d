#!/bin/bash
# Durable webhooks per second: daybookd beside a bare evhttp, a prototype of the whole
# path (hook) and, where they are installed, its peers; all in one run, in turns.
#
#   tests/bench/webhook/run.sh [-r ROUNDS] [-d SECONDS] [-c "1 64 256"] [-P "PEER …"] [-N ROWS] [-T TOOLS]
#
# TOOLS: the folder webhook-bench (default ../shared/tools/webhook-bench beside the checkout). The peers are
# installed by peers.sh beside this file into $PEERS; without them their rows are left out, which is said loudly.
# -N 1000000: also how fast a store with so many rows is, beside an empty one (about two minutes more).
set -u
top=$(cd "$(dirname "$0")/../../.." && pwd)
rounds=3 seconds=4 conns="1 64 256" peers="fastify-full fastify-batch nodered" rows=0 tools=$top/../shared/tools/webhook-bench
while getopts r:d:c:P:N:T: o; do
	case $o in
	r) rounds=$OPTARG ;; d) seconds=$OPTARG ;; c) conns=$OPTARG ;; P) peers=$OPTARG ;; N) rows=$OPTARG ;;
	T) tools=$OPTARG ;;
	*) sed -n '2,10p' "$0"; exit 2 ;;
	esac
done
[ -f "$tools/hook.c" ] || { echo "SKIPPED: no bench tools at $tools" >&2; exit 77; }
for t in wrk jq openssl gcc sqlite3; do command -v $t >/dev/null || { echo "missing: $t (apt-get install wrk jq openssl gcc sqlite3 libpq-dev libzstd-dev)" >&2; exit 2; }; done
build=$top/build/bench
[ -f "$build/build.ninja" ] || meson setup "$build" "$top" --buildtype=release -Dtests=false >/dev/null || exit 1
ninja -C "$build" >/dev/null || exit 1

work=$(mktemp -d "${BENCH_DIR:-$top/build}/bench-webhook.XXXXXX")
pids=
cleanup() {
	[ -z "$pids" ] || kill "$pids" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
cc() { gcc -O2 -w -I/usr/include/postgresql "$@" || exit 1; }
cc -o "$work/genpayload" "$tools/genpayload.c" -lcrypto -lm
cc -o "$work/hook" "$tools/hook.c" "$tools/store.c" -lsqlite3 -levent -levent_pthreads -lcrypto -ljson-c -lpq -lpthread
cc -o "$work/sqlbench" "$tools/sqlbench.c" "$tools/store.c" -lsqlite3 -lpq -lzstd
cc -o "$work/nullsrv" "$tools/nullsrv.c" -levent -levent_pthreads -lcrypto -ljson-c -lpthread
hz=$(getconf CLK_TCK)
secret=daybook-bench-secret
mkdir "$work/secrets"
(umask 077; printf %s $secret >"$work/secrets/app"; printf v >"$work/secrets/verify")
cat >"$work/daybook.yaml" <<-YAML
	config_version: 1
	organization: {domains: [acme.example], default_region: BR}
	storage: {path: store}
	http: {listen: ['127.0.0.1:19480']}
	connectors:
	  hook: {type: whatsapp, app_secret: !file secrets/app, verify_token: !file secrets/verify}
YAML

seed=$RANDOM
load() { # name url conns pid
	seed=$((seed + 1))
	"$work/genpayload" -n $((40000 * seconds)) -m "${contacts:-20000}" -s $seed -k $secret >"$work/payloads"
	local a b line
	a=$(awk '{print $14 + $15}' "/proc/$4/stat")
	line=$(PAYLOADS=$work/payloads wrk -t1 "-c$3" "-d${seconds}s" --timeout 10s -s "$tools/post.lua" "$2" | tail -1)
	b=$(awk '{print $14 + $15}' "/proc/$4/stat")
	jq -c --arg n "$1" --argjson c "$3" --argjson cpu "$(((b - a) * 1000 / hz))" \
		--argjson rss "$(awk '/VmRSS/{print $2}' "/proc/$4/status")" \
		'{server: $n, conns: $c, rps, p50_ms, p99_ms, max_ms, errors: (.non2xx + .socket_errors), cpu_ms: ($cpu / .requests), rss_mb: ($rss / 1024)}' \
		<<<"$line" >>"$work/results"
}

wait_port() { for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.05; done; echo "nothing listens on $1" >&2; exit 1; }

start_daybook() {
	"$build/src/daemon/daybookd" -c "$work/daybook.yaml" 2>"$work/daybookd.log" & pids=$!
	wait_port 19480
}

stop_daybook() { kill $pids; wait $pids 2>/dev/null; pids=; }

daybook_round() { # conns
	rm -rf "$work/store"
	start_daybook
	load daybook http://127.0.0.1:19480/hooks/hook "$1" $pids
	stat -c %s "$work/store/daybook.db-wal" >>"$work/wal"
	stop_daybook
}

rows_now() { sqlite3 "file:$work/store/daybook.db?mode=ro" 'SELECT count(*) FROM interaction'; }

# The rate of a full store beside that of an empty one, 64 connections, in turns.
full_rounds() {
	local contacts=300000
	rm -rf "$work/store" "$work/full"
	start_daybook
	while [ "$(rows_now)" -lt "$rows" ]; do
		printf '\rfilling: %s of %s rows' "$(rows_now)" "$rows" >&2
		load filling http://127.0.0.1:19480/hooks/hook 64 $pids
	done
	echo >&2
	stop_daybook
	mv "$work/store" "$work/full"
	for _ in $(seq "$rounds"); do
		start_daybook
		load empty http://127.0.0.1:19480/hooks/hook 64 $pids
		stop_daybook
		rm -rf "$work/store"
		mv "$work/full" "$work/store"
		start_daybook
		load full http://127.0.0.1:19480/hooks/hook 64 $pids
		stop_daybook
		mv "$work/store" "$work/full"
	done
	jq -rs --argjson rows "$rows" 'def med(n): map(select(.server == n).rps) | sort | .[length / 2 | floor];
		"at \($rows) rows: \(med("full") | floor)/s, empty: \(med("empty") | floor)/s, ratio \(med("full") / med("empty") * 100 | round / 100)"' "$work/results"
}

hook_round() {
	rm -f "$work"/h.db*
	"$work/hook" -p 19700 -m writer -d "$work/h.db" -E 1024 -T 4000 -W 0 2>/dev/null & pids=$!
	wait_port 19700
	load hook.c http://127.0.0.1:19700/hook "$1" $pids
	kill $pids; wait $pids 2>/dev/null; pids=
}

# The same rows, without HTTP, in transactions of 64: what SQLite alone could do.
insert_round() {
	"$work/genpayload" -n 100000 -m 20000 -s $RANDOM -k $secret >"$work/payloads"
	"$work/sqlbench" -f "$work/payloads" -d "$work/s.db" -n 100000 -B 64 -l 1 -x 2 -F 4 -E 1024 -W 4000 |
		sed -n 's/.*FULL: *\([0-9]*\) rows\/s.*/\1/p' >>"$work/inserts"
	rm -f "$work"/s.db*
}

null_round() {
	"$work/nullsrv" 19701 3 1 2>/dev/null & pids=$!
	wait_port 19701
	load "bare evhttp" http://127.0.0.1:19701/ "$1" $pids
	kill $pids; wait $pids 2>/dev/null; pids=
}

peer_round() { # name conns
	"$tools/peers/peer.sh" start "$1" >/dev/null || { echo "$1 did not start" >&2; return; }
	load "$1" "$("$tools/peers/peer.sh" url "$1")" "$2" "$("$tools/peers/peer.sh" pid "$1")"
	"$tools/peers/peer.sh" stop "$1" >/dev/null
}

if ! [ -d "${PEERS:-/nonexistent}/fastify" ]; then
	echo "WITHOUT PEERS: install them with tests/bench/webhook/peers.sh DIR and set PEERS=DIR" >&2
	peers=
fi
for _ in $(seq "$rounds"); do
	insert_round
	for c in $conns; do
		null_round "$c"; daybook_round "$c"; hook_round "$c"
		for p in $peers; do peer_round "$p" "$c"; done
	done
done
echo "machine: $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg); $rounds rounds of $seconds s; medians; x: daybook / that row"
jq -rs 'def med: sort | .[length / 2 | floor];
	group_by([.conns, .server]) | map({conns: .[0].conns, server: .[0].server, rps: (map(.rps) | med), lo: (map(.rps) | min), hi: (map(.rps) | max),
		p50: (map(.p50_ms) | med), p99: (map(.p99_ms) | med), cpu: (map(.cpu_ms) | med), rss: (map(.rss_mb) | med), errors: (map(.errors) | add)})
	| group_by(.conns)[] | (map(select(.server == "daybook"))[0].rps) as $mine | .[]
	| [.conns, .server, (.rps | floor), "\(.lo | floor)-\(.hi | floor)", .p50, .p99, (.cpu * 1000 | round / 1000), (.rss | floor), .errors, ($mine / .rps * 100 | round / 100)]
	| @tsv' "$work/results" | column -t -s "$(printf '\t')" -N conns,server,req/s,spread,p50_ms,p99_ms,cpu_ms,rss_mb,errors,x
echo "bare batched insert (64 a transaction): $(sort -n "$work/inserts" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }') rows/s, median"
echo "largest WAL of daybook: $(sort -n "$work/wal" | tail -1) bytes"
[ "$rows" -eq 0 ] || full_rounds
