#!/usr/bin/env python3
"""Live streams under load: how late events are heard, and what the daemon takes.

    tests/bench/stream/run.py [--streams 1000] [--rate 100] [--seconds 20] [--eyes 20] [--build build/bench]

Each stream hears of each event; the client (listen.c) runs on the same machine, so that its work is in the delays."""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))


def rss_mb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int([line for line in f if line.startswith("VmRSS")][0].split()[1]) / 1024


def cpu_s(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("streams", 1000), ("rate", 100), ("seconds", 20), ("eyes", 20)):
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--build", default=os.path.join(TOP, "build", "bench"))
    args = parser.parse_args()
    os.environ["DAYBOOKD"] = os.path.join(args.build, "src", "daemon", "daybookd")
    os.environ["DAYBOOK"] = os.path.join(args.build, "src", "cli", "daybook")
    import daybook
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory(prefix="bench-stream-", dir="/var/tmp") as folder:
        listen = os.path.join(folder, "listen")
        subprocess.run(["cc", "-O2", "-o", listen, os.path.join(os.path.dirname(os.path.abspath(__file__)), "listen.c")], check=True)
        people = ["Person %d" % n for n in range(args.eyes)]
        extra = "  max_connections: %d\n  max_streams: %d\n  max_streams_per_token: %d\nstaff:\n" % (
            args.streams + 100, args.streams, args.streams)
        extra += "".join("  %s: {role: seller, team: t%d, email: [p%d@acme.example]}\n" % (p, n, n) for n, p in enumerate(people))
        daemon = daybook.Daemon(folder, connectors=daybook.FORM.replace("type: form", "type: form\n    rate_limit: 1000000/min"), extra=extra)
        daemon.start()
        tokens = []
        for n, person in enumerate(people):
            options = ("--role", "admin") if n % 2 else ("--role", "seller", "--staff", person)
            tokens.append(daemon.cli("token", "create", "t%d" % n, *options)[0]["token"])
        before, cpu = rss_mb(daemon.process.pid), cpu_s(daemon.process.pid)
        begun = time.monotonic()
        done = subprocess.run([listen, str(daemon.port), str(args.streams), str(args.rate), str(args.seconds), *tokens],
                              stdout=subprocess.PIPE, check=False)
        result = json.loads(done.stdout)
        result.update(rss_before_mb=round(before, 1), rss_mb=round(rss_mb(daemon.process.pid), 1),
                      cpu=round((cpu_s(daemon.process.pid) - cpu) / (time.monotonic() - begun), 2), eyes=args.eyes)
        daemon.finish()
    print(json.dumps(result))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
