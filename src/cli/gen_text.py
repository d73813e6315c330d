"""Writes files as C strings: gen_text.py OUT NAME FILE [NAME FILE …]"""
import sys


def main():
    out, pairs = sys.argv[1], sys.argv[2:]
    with open(out, "w") as f:
        for name, path in zip(pairs[::2], pairs[1::2]):
            with open(path, encoding="utf-8") as source:
                lines = source.read().splitlines()
            f.write("static const char %s[] =\n" % name)
            for line in lines:
                f.write('\t"%s\\n"\n' % line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t"))
            f.write("\t;\n")


main()
