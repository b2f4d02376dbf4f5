#!/usr/bin/python3
"""Turns the field numbers of the Kubernetes types into C tables.

    embed_protobuf.py crds/kubernetes_protobuf.yaml OUTPUT.c

Declared in src/sim/protobuf_tables.h.
"""
import sys

import yaml

# Types whose JSON is not what their fields say.
SPECIAL = {"meta.v1.Time": "TIME", "meta.v1.MicroTime": "MICRO_TIME", "resource.Quantity": "QUANTITY",
           "intstr.IntOrString": "INT_OR_STRING", "runtime.RawExtension": "RAW", "meta.v1.FieldsV1": "RAW",
           "meta.v1.Verbs": "ITEMS", "authentication.v1.ExtraValue": "ITEMS", "authorization.v1.ExtraValue": "ITEMS"}


def main():
    source, output = sys.argv[1:]
    messages = yaml.load(open(source), Loader=yaml.CSafeLoader)
    index = {name: i for i, name in enumerate(sorted(messages))}
    with open(output, "w") as out:
        out.write('/* Made by tools/embed_protobuf.py. */\n#include "sim/protobuf_tables.h"\n\n')
        for name, i in index.items():
            out.write(f"static const struct protobuf_field fields_{i}[] = {{ /* {name} */\n")
            for field, text in messages[name].items():
                number, *shape, kind = text.split() if isinstance(text, str) else [str(text)]
                message = index.get(kind, 0)
                scalar = "MESSAGE" if kind in index else kind.upper()
                traits = "".join(f", .is_{word} = true" for word in shape)
                out.write(f'    {{ .number = {number}, .name = "{field}", .type = PROTOBUF_{scalar}, '
                          f".message = {message}{traits} }},\n")
            out.write("    { 0 },\n};\n")
        out.write("const struct protobuf_message protobuf_messages[] = {\n")
        for name, i in index.items():
            out.write(f'    {{ "{name}", PROTOBUF_{SPECIAL.get(name, "PLAIN")}, fields_{i} }},\n')
        out.write("};\nconst size_t protobuf_message_count = sizeof(protobuf_messages) / sizeof(protobuf_messages[0]);\n")


main()
