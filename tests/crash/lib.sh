# shellcheck shell=bash
# What the crash tests share: a configuration of their own, the oracle over it, and what must hold afterwards.
# Each test takes the build folder first. It counts its checks the way Check does, for scripts/test.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$here/../tools
python=/usr/bin/python3
checks=0 failures=0
app_secret=an-app-secret-of-the-crash-tests

skip() { # why
	echo "SKIPPED: $1"
	exit 77
}

use_build() { # folder [no-sanitizer]
	build=$(cd "$1" 2>/dev/null && pwd) || skip "there is no build folder $1"
	if [ "${2:-}" = no-sanitizer ] && grep -q __asan_init "$build/src/daemon/daybookd" 2>/dev/null; then
		[ -n "${DAYBOOK_RELEASE:-}" ] || skip "the fault shim and ASan exclude each other; name a plain build in DAYBOOK_RELEASE"
		use_build "$DAYBOOK_RELEASE"
		return
	fi
	daybookd=$build/src/daemon/daybookd
	daybook=$build/src/cli/daybook
	for program in "$daybookd" "$daybook"; do
		[ -x "$program" ] || skip "$program is not built"
	done
	command -v jq >/dev/null || skip "jq is not installed"
}

make_store() { # → $work: configuration, secrets, an empty store on a free port
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	port=$($python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	(
		umask 077
		printf '%s' "$app_secret" >"$work/app-secret"
		printf '%s' "a-verify-token" >"$work/verify-token"
	)
	cat >"$work/daybook.yaml" <<-YAML
		config_version: 1
		organization: {domains: [acme.example], default_region: BR}
		storage: {path: store}
		http: {listen: ['127.0.0.1:$port']}
		connectors:
		  shop:
		    type: whatsapp
		    app_secret: !file app-secret
		    verify_token: !file verify-token
	YAML
}

build_shim() { # → $shim
	shim=$work/iofault.so
	gcc -O2 -Wall -Wextra -shared -fPIC "$tools/iofault.c" -o "$shim" -ldl -lpthread || exit 2
}

verdict() { # what, status: counts a check
	checks=$((checks + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok      $1"
		return
	fi
	failures=$((failures + 1))
	echo "FAILED  $1"
}

oracle() { # what, shim spec or nothing, more options of the oracle
	local what=$1 spec=$2 start status
	shift 2
	start="$daybookd -c $work/daybook.yaml"
	[ -n "$spec" ] && start="env LD_PRELOAD=$shim IOFAULT_LOG=$work/faults IOFAULT=$spec $start"
	$python "$tools/ack_oracle.py" --url "http://127.0.0.1:$port/hooks/shop" --secret "$app_secret" \
		--start-cmd "$start" --ready-url "http://127.0.0.1:$port/readyz" --term-timeout 60 \
		--verify-cmd "$daybook -c $work/daybook.yaml interactions --json >$work/rows &&
			jq -r 'select(.kind == \"message\") | [.external_id, .text] | @tsv' $work/rows" \
		--ledger "$work/ledger" --report "$work/report" --daemon-log "$work/log" "$@" >"$work/out" 2>&1
	status=$?
	jq -r '"        \(.messages_acked) acknowledged of \(.messages_sent), \(.kills) kills, \(.self_deaths) deaths, " +
		"restart \(.restart_ms.median // 0) ms, found \(.found | with_entries(select(.value > 0)))"' "$work/report" 2>/dev/null
	if [ $status -ne 0 ]; then
		tail -n 40 "$work/out" "$work/log"
	fi
	verdict "$what: every acknowledged event once" $status
}

# The daemon is down: the books balance, and a rebuild gives the same timeline.
after() { # what
	"$daybook" -c "$work/daybook.yaml" ledger --json >"$work/rows" &&
		jq -s -e 'length > 0 and all(.[]; .received == .stored + .duplicate + .filtered + .dead + .pending)' \
			"$work/rows" >/dev/null
	verdict "$1: the ledger balances" $?
	"$daybook" -c "$work/daybook.yaml" rebuild --check >"$work/out" 2>&1
	verdict "$1: a rebuild is identical" $?
}

finish() { # name
	printf '%s: Checks: %d, Failures: %d, Errors: 0\n' "$1" "$checks" "$failures"
	[ "$failures" -eq 0 ] && [ "$checks" -gt 0 ]
}
