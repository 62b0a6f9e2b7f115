/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fixture_input.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static const struct {
	char kind;
	const char *prefix;
	bool whole;	/* the prefix is the key */
} kinds[] = {
	{ 'P', KEY_POOLS, false },
	{ 'R', KEY_RESERVATIONS, false },
	{ 'N', KEY_NODES, false },
	{ 'H', KEY_HANDLES, false },
	{ 'h', KEY_HOST_AFFINITIES, false },
	{ 'v', KEY_VIRTUAL_AFFINITIES, false },
	{ '4', KEY_BLOCKS_4, false },
	{ '6', KEY_BLOCKS_6, false },
	{ 'W', "/calico/resources/v3/projectcalico.org/workloadendpoints/", false },
	{ 'G', KEY_CONFIG, true },
	{ 'C', KEY_CLUSTER, true },
};

char *input_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	promise(text != NULL, "memory");
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

void input_textp(char **text)
{
	free(*text);
}

static void remove_folder(void)
{
	input_empty_folder();
	rmdir(folder);
}

const char *input_folder(void)
{
	if (*folder)
		return folder;
	snprintf(folder, sizeof(folder), "%s/calico-ipam-fuzz.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	promise(mkdtemp(folder) != NULL, "a folder");
	atexit(remove_folder);
	return folder;
}

const char *input_file(const char *name, const void *data, size_t len)
{
	static char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", input_folder(), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	promise(fd >= 0 && write(fd, data, len) == (ssize_t)len && close(fd) == 0, "a file");
	return path;
}

void input_empty_folder(void)
{
	DIR *dir = opendir(input_folder());
	struct dirent *it;

	promise(dir != NULL, "a folder");
	while ((it = readdir(dir)))
		unlinkat(dirfd(dir), it->d_name, 0);
	closedir(dir);
}

bool input_record(char *line, char *ret_kind, char key[KEY_TEXT], const char **ret_value)
{
	char *name = *line ? strchr(line, ' ') : NULL, *value = name ? strchr(name + 1, ' ') : NULL;

	if (!value || name != line + 1)
		return false;
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].kind != *line)
			continue;
		if (snprintf(key, KEY_TEXT, "%s%s", kinds[i].prefix,
			     kinds[i].whole ? "" : name + 1) >= KEY_TEXT)
			return false;
		*ret_kind = *line;
		*ret_value = value;
		return true;
	}
	return false;
}

void promise(bool holds, const char *words)
{
	if (holds)
		return;
	fprintf(stderr, "broken promise: %s\n", words);
	abort();
}
