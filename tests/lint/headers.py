#!/usr/bin/env python3
"""Every header compiles alone, with gcc and with clang: whoever includes it needs to know nothing more."""
import shutil
import subprocess

import tree

LIBRARIES = ["json-c", "libevent", "gmime-3.0", "sqlite3", "libcurl", "smartcols"]


def library_flags():
    flags = []
    for name in LIBRARIES:
        got = subprocess.run(["pkg-config", "--cflags", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        flags += got.stdout.decode().split()
    return flags


def compile_alone(top, compiler, header, flags):
    """The compiler's words, or an empty text. Public headers see libc and include/ alone."""
    public = header.startswith("include/")
    path = header[len("include/"):] if public else header
    source = "#include <%s>\n" % path if public else '#include "%s/%s"\n' % (top, path)
    where = ["-I%s/include" % top] + ([] if public else ["-I%s/src" % top, "-I%s/connectors" % top] + flags)
    done = subprocess.run([compiler, "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                           "-Wno-unused-function", "-fsyntax-only", *where, "-x", "c", "-"],
                          input=source.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode(errors="replace") if done.returncode else ""


def main():
    top = tree.root()
    flags = library_flags()
    faults, n_checks = [], 0
    headers = [p for p in tree.files(top, (".h",)) if p.startswith(tree.PRODUCT)]
    for compiler in ("gcc", "clang"):
        if shutil.which(compiler) is None:
            print("SKIPPED: %s is not installed" % compiler)
            continue
        for header in headers:
            n_checks += 1
            words = compile_alone(top, compiler, header, flags)
            if words:
                faults.append("%s:1: does not compile alone with %s\n%s" % (header, compiler, words))
    tree.finish("headers", n_checks, faults)


if __name__ == "__main__":
    main()
