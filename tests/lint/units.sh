#!/bin/bash
# The unit: systemd reads it without a word, and its exposure score stays at 1.5 or less.
set -u
top=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
checks=0 failures=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() { # what, command…
	local what=$1 out
	shift
	checks=$((checks + 1))
	out=$("$@" 2>&1) && return
	failures=$((failures + 1))
	printf '%s\n%s\n' "$what" "$out"
}

quiet() { # a command that must say nothing and succeed
	local out
	out=$("$@" 2>&1) && [ -z "$out" ] && return
	printf '%s\n' "$out"
	return 1
}

if ! command -v systemd-analyze >/dev/null; then
	echo "SKIPPED: systemd-analyze is not installed, the unit is not checked"
	exit 77
fi
# verify wants the programs to be there; ours are not installed while the tests run.
for unit in daybookd.service daybookd.socket daybook-backup.service daybook-backup.timer; do
	sed -e 's,/usr/sbin/daybookd,/usr/bin/true,' -e 's,/usr/bin/daybook,/usr/bin/true,' "$top/systemd/$unit" >"$work/$unit"
done
check "systemd/daybookd.service:1: exposure above 1.5" \
	systemd-analyze security --offline=yes --threshold=15 "$top/systemd/daybookd.service"
check "systemd/daybook-backup.service:1: exposure above 1.5" \
	systemd-analyze security --offline=yes --threshold=15 "$top/systemd/daybook-backup.service"
check "systemd/daybook-backup.service:1: systemd-analyze verify" \
	quiet systemd-analyze verify --man=no "$work/daybook-backup.service"
check "systemd/daybook-backup.timer:1: systemd-analyze verify" \
	quiet systemd-analyze verify --man=no "$work/daybook-backup.timer"
check "systemd/daybookd.service:1: systemd-analyze verify" \
	quiet systemd-analyze verify --man=no "$work/daybookd.service"
check "systemd/daybookd.socket:1: systemd-analyze verify" \
	quiet systemd-analyze verify --man=no "$work/daybookd.socket"
if command -v systemd-sysusers >/dev/null; then
	mkdir -p "$work/root/etc"
	check "systemd/daybook.sysusers.conf:1: systemd-sysusers" \
		systemd-sysusers --root="$work/root" "$top/systemd/daybook.sysusers.conf"
fi
printf 'units: Checks: %d, Failures: %d, Errors: 0\n' "$checks" "$failures"
[ "$failures" -eq 0 ]
