#!/usr/bin/env python3
"""Turns migrations/NNNN_name.sqlite.sql into a C table: gen_migrations.py OUT FILE..."""
import os
import sys

out, files = sys.argv[1], sorted(sys.argv[2:])
with open(out, "w") as f:
    f.write("/* Generated from migrations/ by gen_migrations.py. */\n#pragma once\n\n"
            "static const struct {\n\tconst char *name, *sql;\n} migrations[] = {\n")
    for path in files:
        name = os.path.basename(path).split(".")[0]
        f.write('\t{ "%s",\n' % name)
        for line in open(path):
            text = line.rstrip("\n").replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
            f.write('\t  "%s\\n"\n' % text)
        f.write("\t},\n")
    f.write("};\n")
