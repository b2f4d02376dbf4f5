/* Packs a text with LZ4 into an array in C: what is read once, and rarely, needs little room in a program.
 *
 *     pack NAME INPUT OUTPUT.c      struct packed_text NAME, see src/base/packed_text.h
 */
#include <lz4hc.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUT_BYTES_MAX = 16 * 1024 * 1024, BYTES_IN_A_LINE = 20 };

static size_t read_all(const char *path, char *out) {
    FILE *file = fopen(path, "rb");
    size_t length = file ? fread(out, 1, INPUT_BYTES_MAX, file) : 0;

    if (!file || ferror(file) || !feof(file) || length == 0) {
        fprintf(stderr, "pack: %s cannot be read, or is empty or too long\n", path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    return length;
}

static void write_bytes(FILE *file, const char *bytes, int count) {
    for (int i = 0; i < count; i++)
        fprintf(file, "%s%u,", i % BYTES_IN_A_LINE == 0 ? "\n    " : "", (unsigned char)bytes[i]);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: pack NAME INPUT OUTPUT.c\n");
        return EXIT_FAILURE;
    }
    char *text = malloc(INPUT_BYTES_MAX);
    char *packed = malloc((size_t)LZ4_compressBound(INPUT_BYTES_MAX));
    FILE *file = fopen(argv[3], "w");
    if (!text || !packed || !file) {
        fprintf(stderr, "pack: %s cannot be written\n", argv[3]);
        return EXIT_FAILURE;
    }
    int length = (int)read_all(argv[2], text);
    int packed_length = LZ4_compress_HC(text, packed, length, LZ4_compressBound(length), LZ4HC_CLEVEL_MAX);
    fprintf(file, "/* Made by tools/pack.c. */\n#include \"base/packed_text.h\"\n\nstatic const unsigned "
                  "char bytes[] = {");
    write_bytes(file, packed, packed_length);
    fprintf(file, "\n};\nextern const struct packed_text %s;\n", argv[1]);
    fprintf(file, "const struct packed_text %s = { .bytes = bytes, .packed_length = %d, .length = %d };\n",
            argv[1], packed_length, length);
    free(text);
    free(packed);
    return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
