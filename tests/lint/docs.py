#!/usr/bin/env python3
"""The pages tell the truth: their C compiles, their links and the paths they name are there."""
import os
import re
import subprocess
import tempfile

import tree

BLOCK = re.compile(r"^```c (\S+)\n(.*?)^```", re.M | re.S)
NAMED = re.compile(r"`((?:docs|tests|config|systemd|scripts|include|src|connectors|\.ci)/[\w./-]*)`"
                   r"|(?<![\w/.`])((?:docs|tests|config|systemd|scripts)/[\w./-]*\.\w+)"
                   r"|\]\((?!https?:)([^)#]+)\)")


def compile_blocks(top, page, text):
    """Writes every "```c PATH" block to its path and compiles the sources, warnings being errors."""
    blocks = BLOCK.findall(text)
    with tempfile.TemporaryDirectory() as folder:
        for path, code in blocks:
            target = os.path.join(folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w") as f:
                f.write(code)
        for path in (p for p, _ in blocks if p.endswith(".c")):
            done = subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                                   "-Wno-missing-field-initializers", "-fsyntax-only", "-I%s/include" % top,
                                   "-I%s/src" % top, os.path.join(folder, path)],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            yield path, done.stdout.decode() if done.returncode else ""


def exists(top, page, name):
    return any(os.path.exists(os.path.join(top, base, name)) for base in ("", os.path.dirname(page)))


def is_example(name):
    """Paths of the worked example, and placeholders."""
    return "survey" in name or "NAME" in name or "*" in name


def main():
    top = tree.root()
    faults, n_checks = [], 0
    for page in tree.files(top, (".md", ".scd")):
        text = tree.read(top, page)
        for path, words in compile_blocks(top, page, text):
            n_checks += 1
            if words:
                faults.append("%s:1: %s does not compile\n%s" % (page, path, words))
        for m in NAMED.finditer(text):
            name = next(g for g in m.groups() if g)
            if is_example(name):
                continue
            n_checks += 1
            if not exists(top, page, name):
                faults.append("%s:%d: there is no %s" % (page, tree.line_of(text, m.start()), name))
    tree.finish("docs", n_checks, faults)


if __name__ == "__main__":
    main()
