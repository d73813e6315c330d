#!/bin/bash
# Mails per second: daybook import beside notmuch new on the same Maildir, in turns, each from an empty store.
#
#   tests/bench/import/run.sh [-r ROUNDS] [-n MAILS] [-p PARSERS] [-d FOLDER]
#
# FOLDER (default build/) must lie on a real disk. The mails are those of tests/tools/genmail.py: 12 kB in the
# median, one in 65 with an attachment of megabytes. What counts is the time of the command, from its start until
# every mail is durable; notmuch syncs once at its end, daybook with every commit.
set -u
top=$(cd "$(dirname "$0")/../../.." && pwd)
rounds=3 mails=3000 parsers='' folder=$top/build
while getopts r:n:p:d: o; do
	case $o in
	r) rounds=$OPTARG ;; n) mails=$OPTARG ;; p) parsers=$OPTARG ;; d) folder=$OPTARG ;;
	*) sed -n '2,8p' "$0"; exit 2 ;;
	esac
done
command -v notmuch >/dev/null || { echo "SKIPPED: notmuch is not installed (apt-get install notmuch)" >&2; exit 77; }
build=$top/build/bench
[ -f "$build/build.ninja" ] || meson setup "$build" "$top" --buildtype=release -Dtests=false >/dev/null || exit 1
ninja -C "$build" >/dev/null || exit 1

mkdir -p "$folder"
work=$(mktemp -d "$folder/bench-import.XXXXXX")
case $(stat -f -c %T "$work") in tmpfs | ramfs) echo "$work is not on a disk: give one with -d" >&2; exit 2 ;; esac
pid=''
cleanup() {
	[ -z "$pid" ] || { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; }
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
hz=$(getconf CLK_TCK)

python3 "$top/tests/tools/genmail.py" --out "$work/Maildir" --count "$mails" --seed 5 || exit 1
find "$work/Maildir" -type f -exec cat {} + >/dev/null	# both find it in memory

seconds() { # command …: its wall time
	local began
	began=$(date +%s%N)
	"$@" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
	echo "$(($(date +%s%N) - began))" | awk '{printf "%.3f", $1 / 1e9}'
}

notmuch_round() {
	rm -rf "$work/Maildir/.notmuch"
	cat >"$work/notmuch.conf" <<-CONF
		[database]
		path=$work/Maildir
		[user]
		name=x
		primary_email=me@daybook.example
		[new]
		tags=new
	CONF
	seconds notmuch --config="$work/notmuch.conf" new
	rm -rf "$work/Maildir/.notmuch"
}

# Of the daemon and its parsers, which are its spawner's children.
daemon_cpu() {
	local p t=0
	for p in "$pid" $(pgrep -P "$pid"); do
		t=$((t + $(awk '{print $14 + $15 + $16 + $17}' "/proc/$p/stat")))
	done
	awk -v t=$t -v hz="$hz" 'BEGIN {printf "%.2f", t / hz}'
}

daybook_round() { # n: a folder of its own each time, as freshly deleted files slow the next down
	local dir=$work/d$1
	mkdir "$dir"
	{
		echo "config_version: 1"
		echo "organization: {domains: [daybook.example]}"
		echo "storage: {path: store}"
		echo "http: {listen: ['unix:http.sock']}"
		echo "connectors: {}"
		[ -z "$parsers" ] || echo "ingest: {parsers: $parsers}"
	} >"$dir/daybook.yaml"
	"$build/src/daemon/daybookd" -c "$dir/daybook.yaml" 2>"$dir/log" & pid=$!
	for _ in $(seq 100); do grep -q '^ready' "$dir/log" && break; sleep 0.05; done
	seconds "$build/src/cli/daybook" -c "$dir/daybook.yaml" import maildir "$work/Maildir" --json
	grep -q "\"stored\":$mails," "$work/out" || { cat "$work/out" >&2; exit 1; }
	echo " $(daemon_cpu)"
	kill "$pid"; wait "$pid"; pid=
}

echo "$mails mails, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), parsers ${parsers:-as by default}"
printf '%-6s %18s %18s %8s\n' round "notmuch mails/s" "daybook mails/s" ratio
for round in $(seq "$rounds"); do
	n=$(notmuch_round) || exit 1
	daybook_round "$round" >"$work/round" || exit 1
	read -r d cpu <"$work/round"
	echo "$n $d" >>"$work/times"
	awk -v r="$round" -v m="$mails" -v n="$n" -v d="$d" -v cpu="$cpu" \
		'BEGIN {printf "%-6s %10.0f (%4.1f s) %10.0f (%4.1f s) %8.2f   daybookd: %s CPU s\n", r, m / n, n, m / d, d, n / d, cpu}'
done
awk '{print $1 / $2}' "$work/times" | sort -n | awk '{r[NR] = $1}
	END {printf "median ratio %.2f\n", (r[int((NR + 1) / 2)] + r[int((NR + 2) / 2)]) / 2}'
