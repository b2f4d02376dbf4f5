#!/usr/bin/python3
"""Turns the schemas of the built-in kinds into a C source: compact JSON in a byte array.

    embed_schema.py crds/kubernetes.yaml src/sim/schema_go.yaml OUTPUT.c

The JSON is {"schemas": the first file, "go": the second}. Declared in src/schema/node.h.
"""
import json
import sys

import yaml


def main():
    schemas, go, output = sys.argv[1:]
    document = {"schemas": yaml.load(open(schemas), Loader=yaml.CSafeLoader),
                "go": yaml.load(open(go), Loader=yaml.CSafeLoader)}
    data = json.dumps(document, separators=(",", ":"), ensure_ascii=True).encode()
    with open(output, "w") as out:
        out.write('/* Made by tools/embed_schema.py. */\n#include "schema/node.h"\n\n')
        out.write("const char schema_embedded[] = {\n")
        for start in range(0, len(data), 24):
            out.write("    " + " ".join("%d," % byte for byte in data[start:start + 24]) + "\n")
        out.write("    0 };\nconst size_t schema_embedded_length = sizeof(schema_embedded) - 1;\n")


main()
