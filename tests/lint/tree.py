"""What the lints share: the files of the tree, C without its comments, and the last line of a check."""
import os
import re
import subprocess
import sys

PRODUCT = ("include/", "src/", "connectors/")


def root():
    """The folder given on the command line, else the one this file stands in."""
    if len(sys.argv) > 1:
        return os.path.abspath(sys.argv[1])
    return os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def files(top, suffixes=None):
    """Paths below top: what git knows or would add; a tarball without git is walked."""
    try:
        out = subprocess.run(["git", "-C", top, "ls-files", "-co", "--exclude-standard", "-z"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        found = [p for p in out.decode().split("\0") if p]
    except (OSError, subprocess.CalledProcessError):
        found = list(walk(top))
    found = [p for p in found if os.path.isfile(os.path.join(top, p))]
    return sorted(p for p in found if suffixes is None or p.endswith(tuple(suffixes)))


def walk(top):
    for folder, folders, names in os.walk(top):
        folders[:] = [f for f in folders if not f.startswith((".", "build", "__pycache__"))]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), top)


def read(top, path):
    with open(os.path.join(top, path), encoding="utf-8", errors="replace") as f:
        return f.read()


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def without_comments(text):
    """C with every comment blanked, line numbers kept."""
    return TOKEN.sub(lambda m: m.group(0) if m.group(0)[0] in "\"'" else
                     re.sub(r"[^\n]", " ", m.group(0)), text)


def without_strings(text):
    """And every literal emptied, so that a word in an error text is not a call."""
    return TOKEN.sub(lambda m: '""' if m.group(0)[0] == '"' else
                     "''" if m.group(0)[0] == "'" else m.group(0), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def finish(name, n_looked_at, faults):
    """Prints the faults as file:line: text, then a line like Check's, which scripts/test counts as one case."""
    for fault in faults:
        print(fault)
    print("%d looked at, %d faults" % (n_looked_at, len(faults)))
    print("%s: Checks: 1, Failures: %d, Errors: 0" % (name, 1 if faults else 0))
    sys.exit(1 if faults else 0)
