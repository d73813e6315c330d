#!/bin/bash
# Durable webhooks per second: daybookd beside a bare evhttp, a prototype of the whole
# path (hook) and, where they are installed, its peers; all in one run, in turns.
#
#   tests/bench/webhook/run.sh [-r ROUNDS] [-d SECONDS] [-c "1 64 256"] [-P "PEER …"] [-T TOOLS]
#
# TOOLS: the folder webhook-bench (default ../shared/tools/webhook-bench beside the checkout). The peers are
# installed by its peers/setup.sh into $PEERS; without them their columns are left out, which is said loudly.
set -u
top=$(cd "$(dirname "$0")/../../.." && pwd)
rounds=3 seconds=4 conns="1 64 256" peers="fastify-full fastify-batch nodered" tools=$top/../shared/tools/webhook-bench
while getopts r:d:c:P:T: o; do
	case $o in
	r) rounds=$OPTARG ;; d) seconds=$OPTARG ;; c) conns=$OPTARG ;; P) peers=$OPTARG ;; T) tools=$OPTARG ;;
	*) sed -n '2,9p' "$0"; exit 2 ;;
	esac
done
[ -f "$tools/hook.c" ] || { echo "SKIPPED: no bench tools at $tools" >&2; exit 77; }
for t in wrk jq openssl gcc; do command -v $t >/dev/null || { echo "missing: $t (apt-get install wrk jq openssl gcc libpq-dev)" >&2; exit 2; }; done
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
	"$work/genpayload" -n $((40000 * seconds)) -m 20000 -s $seed -k $secret >"$work/payloads"
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

daybook_round() { # conns
	rm -rf "$work/store"
	"$build/src/daemon/daybookd" -c "$work/daybook.yaml" 2>"$work/daybookd.log" & pids=$!
	wait_port 19480
	load daybook http://127.0.0.1:19480/hooks/hook "$1" $pids
	stat -c %s "$work/store/daybook.db-wal" >>"$work/wal"
	kill $pids; wait $pids 2>/dev/null; pids=
}

hook_round() {
	rm -f "$work"/h.db*
	"$work/hook" -p 19700 -m writer -d "$work/h.db" -E 1024 -T 4000 -W 0 2>/dev/null & pids=$!
	wait_port 19700
	load hook.c http://127.0.0.1:19700/hook "$1" $pids
	kill $pids; wait $pids 2>/dev/null; pids=
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
	echo "WITHOUT PEERS: install them with $tools/peers/setup.sh DIR and set PEERS=DIR" >&2
	peers=
fi
for _ in $(seq "$rounds"); do
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
echo "largest WAL of daybook: $(sort -n "$work/wal" | tail -1) bytes"
