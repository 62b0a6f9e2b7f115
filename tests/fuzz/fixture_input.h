/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fuzz target shares with the others: its input as text, as a file and as records,
 * and how it says that a promise is broken.  Out of memory aborts.
 */
#ifndef TESTS_FUZZ_FIXTURE_INPUT_H
#define TESTS_FUZZ_FIXTURE_INPUT_H

#include "base/attr.h"
#include "ipam/record/keys.h"

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* A copy of exactly these bytes and a NUL; the caller frees. */
char *input_text(const uint8_t *data, size_t size);
void input_textp(char **text);	/* for __cleanup */

/* An empty folder of this process's own, removed when it exits. */
const char *input_folder(void);
/* Writes a file in that folder, and gives its path, which the next call takes. */
const char *input_file(const char *name, const void *data, size_t len);
/* Removes all files of that folder. */
void input_empty_folder(void);

/*
 * One line, "<kind> <name> <value>": the kind is a letter for the beginning of a key (see
 * the .c file), the name the rest of it.  False: it is no record.  Cuts the line.
 */
bool input_record(char *line, char *ret_kind, char key[KEY_TEXT], const char **ret_value);

/* Aborts with the words unless it holds. */
void promise(bool holds, const char *words);

#endif
