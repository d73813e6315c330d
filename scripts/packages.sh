# shellcheck shell=bash
# The one list of Debian packages: what the build needs, and what only the tests need. Read by the other scripts.
# shellcheck disable=SC2034

packages_build=(
	build-essential meson ninja-build pkg-config python3
	libssl-dev libjson-c-dev libevent-dev libjemalloc-dev libsqlite3-dev libyaml-dev libzstd-dev libgmime-3.0-dev
	libutf8proc-dev libpsl-dev libidn2-dev libseccomp-dev libsystemd-dev libsmartcols-dev
	libcurl4-gnutls-dev libetpan-dev scdoc
)
packages_demo=(curl openssl)
packages_test=(
	check clang libclang-rt-14-dev llvm valgrind python3-pytest dovecot-imapd sqlite3 jq curl openssl
	libphonenumber-dev universal-ctags mandoc shellcheck systemd procps
)

packages_missing() { # names… : those that are not installed, one a line
	local name
	for name in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -q '^installed$' || echo "$name"
	done
}

# Installs what is missing of the given packages; says first what it will run. sudo only where it must be.
packages_install() { # names…
	local missing as_root=()
	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -eq 0 ] && return 0
	if [ "$(id -u)" -ne 0 ]; then
		as_root=(sudo)
		if ! command -v sudo >/dev/null; then
			echo "Missing packages. As root:  apt-get install ${missing[*]}" >&2
			return 1
		fi
	fi
	echo "${as_root[*]} apt-get install -y --no-install-recommends ${missing[*]}"
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 && return 0
	# The lists of a fresh machine may be empty or old.
	echo "${as_root[*]} apt-get update"
	"${as_root[@]}" apt-get update -qq &&
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Debian 12 or later; testing and sid carry no number.
debian_is_recent() {
	local ID="" VERSION_ID=""
	# shellcheck source=/dev/null
	[ -r /etc/os-release ] && . /etc/os-release
	[ "$ID" = debian ] && { [ -z "$VERSION_ID" ] || [ "${VERSION_ID%%.*}" -ge 12 ]; }
}
