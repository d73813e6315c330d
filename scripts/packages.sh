# shellcheck shell=bash
# The one list of Debian packages: what the build needs, and what only the tests need. Read by the other scripts.
# shellcheck disable=SC2034
# shellcheck source=scripts/progress.sh
. scripts/progress.sh

packages_build=(
	build-essential meson ninja-build pkg-config python3
	libssl-dev libcrypt-dev libjson-c-dev libevent-dev libjemalloc-dev libsqlite3-dev libyaml-dev libzstd-dev libgmime-3.0-dev libical-dev
	libutf8proc-dev libpsl-dev libidn2-dev libseccomp-dev libsmartcols-dev
	libcurl4-gnutls-dev libetpan-dev scdoc
)
packages_demo=(curl openssl)
packages_test=(
	check clang libclang-rt-dev llvm valgrind python3-pytest python3-yaml python3-jsonschema dovecot-imapd sqlite3 jq curl openssl
	libphonenumber-dev universal-ctags mandoc shellcheck systemd procps pst-utils libemail-outlook-message-perl
)

packages_missing() { # names… : those that are not installed, one a line
	local name
	for name in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -q '^installed$' || echo "$name"
	done
}

packages_command() { # names…
	echo "apt-get install --no-install-recommends $*"
}

# As root, or through sudo where that is needed; waits for another one that has the lock.
packages_apt() { # words of apt-get…
	local as_root=()
	[ "$(id -u)" -eq 0 ] || as_root=(sudo)
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get -y -qq -o DPkg::Lock::Timeout=120 -o APT::Status-Fd=1 "$@" | progress_apt
	return "${PIPESTATUS[0]}"
}

# Installs what is missing of the given packages; says first what it runs. What cannot be installed is named.
packages_install() { # names…
	local missing sudo=""
	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -eq 0 ] && return 0
	if [ "$(id -u)" -ne 0 ]; then
		sudo="sudo "
		if ! command -v sudo >/dev/null; then
			echo "packages are missing; as root: $(packages_command "${missing[@]}")" >&2
			return 1
		fi
	fi
	echo "$sudo$(packages_command "${missing[@]}")"
	packages_apt install --no-install-recommends "${missing[@]}" 2>/dev/null && return 0
	# The lists of a fresh machine may be empty or old.
	echo "${sudo}apt-get update"
	packages_apt update && packages_apt install --no-install-recommends "${missing[@]}" && return 0
	echo "packages could not be installed; as root: $(packages_command "${missing[@]}")" >&2
	return 1
}

# Debian 12 or later; testing and sid carry no number.
debian_is_recent() {
	local ID="" VERSION_ID=""
	# shellcheck source=/dev/null
	[ -r /etc/os-release ] && . /etc/os-release
	[ "$ID" = debian ] && { [ -z "$VERSION_ID" ] || [ "${VERSION_ID%%.*}" -ge 12 ]; }
}
