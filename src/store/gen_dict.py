#!/usr/bin/env python3
"""Turns a dictionary into a C array: gen_dict.py OUT FILE"""
import sys

data = open(sys.argv[2], "rb").read()
with open(sys.argv[1], "w") as f:
    f.write("/* Generated from dict/ by gen_dict.py. */\nstatic const unsigned char dict_json_1[] = {\n")
    for i in range(0, len(data), 16):
        f.write("\t" + " ".join("%d," % b for b in data[i:i + 16]) + "\n")
    f.write("};\n")
