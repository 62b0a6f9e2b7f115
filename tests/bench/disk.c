/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a folder's disk costs: `disk FOLDER` prints the median time of one fdatasync
 * after 4 KiB written, in microseconds, and the file system's name.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 101

static long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int by_size(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

/* The type of the last mount whose point is the longest that the path begins with. */
static void print_type(const char *path)
{
	char point[4096], type[64], best[64] = "unknown";
	FILE *mounts = fopen("/proc/self/mounts", "re");
	size_t longest = 0;

	while (mounts && fscanf(mounts, "%*s %4095s %63s %*[^\n]", point, type) == 2) {
		size_t len = strcmp(point, "/") == 0 ? 0 : strlen(point);

		if (len >= longest && strncmp(path, point, len) == 0 &&
		    (path[len] == '/' || !path[len])) {
			longest = len;
			snprintf(best, sizeof(best), "%s", type);
		}
	}
	if (mounts)
		fclose(mounts);
	printf("%s\n", best);
}

int main(int argc, char **argv)
{
	char path[4096], real[4096], block[4096] = {0};
	long us[ROUNDS];
	int fd;

	if (argc != 2 || !realpath(argv[1], real))
		return fprintf(stderr, "usage: disk FOLDER\n"), 1;
	snprintf(path, sizeof(path), "%.4000s/disk-probe", real);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return perror(path), 1;
	unlink(path);
	for (int i = 0; i < ROUNDS; i++) {
		long began = now_us();

		if (write(fd, block, sizeof(block)) != sizeof(block) || fdatasync(fd) < 0)
			return perror(path), 1;
		us[i] = now_us() - began;
	}
	qsort(us, ROUNDS, sizeof(*us), by_size);
	printf("%ld ", us[ROUNDS / 2]);
	print_type(real);
	return 0;
}
