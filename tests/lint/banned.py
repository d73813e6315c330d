#!/usr/bin/env python3
"""Calls we do not make, words that do not stay, SQL and JSON that are glued, files that are too long."""
import json
import re
import shutil
import subprocess

import tree

MAX_LINES = 600
LONG_FUNCTION = 80

CALLS = {
    "strcpy": "use slices, or snprintf", "strcat": "use struct buf", "sprintf": "use snprintf",
    "vsprintf": "use vsnprintf", "gets": "no end", "atoi": "use str_int64", "atol": "use str_int64",
    "atoll": "use str_int64", "strtok": "use str_next", "alloca": "the sender chooses our stack",
    "mailimap_ssl_connect": "checks no certificate", "mailimap_starttls": "checks no certificate",
    "mailimap_socket_connect": "aborts at descriptor 1024", "mailmime_parse": "writes past its heap",
}
# Written in pieces, so that this file does not find itself.
WORDS = [r"\bTO" r"DO\b", r"\bFIX" r"ME\b", r"\bX" r"XX\b", r"\bnot " r"implemented\b", r"\bHA" r"CK\b"]
PLACES = [r"(?<![\w.$}/])/wo" r"rk/\w", r"(?<![\w.])/ho" r"me/\w", r"(?<![\w.])/ro" r"ot/[\w.]", r"/tm" r"p/wt\b",
      r"/Us" r"ers/\w", r"\bsub-?ag" r"ent", r"\b(this|previous|last) (coding )?ses" r"sion\b",
      r"\blanguage mo" r"del\b"]
TEXT = (".c", ".h", ".py", ".sh", ".md", ".scd", ".yaml", ".yml", ".build", ".txt", ".sql", ".js", ".css", ".html",
    ".service", ".socket", ".bash", ".conf", ".http")
FOREIGN = ("LICENSE", "tests/tools/", "src/serve/ui/vendor/", "tests/fixtures/", "tests/fuzz/")


def is_foreign(path):
    return path.startswith(FOREIGN) or "/vendor/" in path or "/corpus" in path


def banned_calls(top, path):
    text = tree.without_strings(tree.without_comments(tree.read(top, path)))
    for name, why in CALLS.items():
        for m in re.finditer(r"(?<![\w.>])%s\s*\(" % name, text):
            yield "%s:%d: calls %s(): %s" % (path, tree.line_of(text, m.start()), name, why)


def banned_words(top, path):
    text = tree.read(top, path)
    for pattern, what in [(w, "unfinished") for w in WORDS] + [(p, "names a place or a person's work") for p in PLACES]:
        for m in re.finditer(pattern, text):
            yield "%s:%d: \"%s\": %s" % (path, tree.line_of(text, m.start()), m.group(0), what)


PRINTF = re.compile(r"\b(\w*printf|\w*strf|\w*addf|\w*appendf)\s*\(")
NOT_GLUE = re.compile(r"^(err_|log_|ck_|v?printf$|fprintf$)")
LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"')
SQL = re.compile(r"\b(SELECT|INSERT INTO|INSERT OR|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|ALTER TABLE|DROP TABLE|PRAGMA|VACUUM INTO)\b")
TEXT_CONVERSION = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[sc]")
JSON = re.compile(r'\\"\s*:\s*(?:\\"|%|\{|\[)|\{\s*\\"')


def arguments(text, start):
    """The text between the parentheses that open at start."""
    depth, at = 0, start
    while at < len(text):
        if text[at] == '"':
            at = LITERAL.match(text, at).end() if LITERAL.match(text, at) else at + 1
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
        at += 1
    return text[start:]


def glued(top, path):
    text = tree.without_comments(tree.read(top, path))
    for m in PRINTF.finditer(text):
        if NOT_GLUE.match(m.group(1)):
            continue
        literals = "".join(s[1:-1] for s in LITERAL.findall(arguments(text, m.end() - 1)))
        line = tree.line_of(text, m.start())
        if SQL.search(literals) and TEXT_CONVERSION.search(literals):
            yield "%s:%d: SQL glued by %s(): bind it" % (path, line, m.group(1))
        if JSON.search(literals) and "%" in literals:
            yield "%s:%d: JSON glued by %s(): build it with json-c" % (path, line, m.group(1))


def too_long(top, path):
    text = tree.read(top, path)
    n_lines = text.count("\n")
    if n_lines > MAX_LINES and "generated" not in text[:400].lower():
        yield "%s:%d: %d lines, the limit is %d" % (path, MAX_LINES, n_lines, MAX_LINES)


def long_functions(top, paths):
    """Warnings only: a long function that is one straight story is fine."""
    if shutil.which("ctags") is None or not paths:
        print("SKIPPED: ctags is not installed, no list of long functions")
        return
    out = subprocess.run(["ctags", "--output-format=json", "--fields=+ne", "--languages=C", "--kinds-C=f", "-f", "-", *paths],
                 cwd=top, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
    rows = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    rows = [(r["end"] - r["line"] + 1, r) for r in rows if "end" in r]
    for length, r in sorted(rows, key=lambda row: -row[0]):
        if length > LONG_FUNCTION:
            print("warning: %s:%d: %s() has %d lines" % (r["path"], r["line"], r["name"], length))


def main():
    top = tree.root()
    paths = [p for p in tree.files(top) if not is_foreign(p)]
    c_files = [p for p in paths if p.endswith((".c", ".h"))]
    product = [p for p in c_files if p.startswith(tree.PRODUCT)]
    faults = []
    for path in c_files:
        faults += banned_calls(top, path)
    for path in product:
        faults += glued(top, path)
    for path in paths:
        if path.endswith(TEXT) or path.startswith(("scripts/", ".ci/", "tests/crash/")):
            faults += banned_words(top, path)
        if path.endswith((".c", ".h", ".py", ".sh", ".js")):
            faults += too_long(top, path)
    long_functions(top, product)
    tree.finish("banned", len(paths), faults)


if __name__ == "__main__":
    main()
