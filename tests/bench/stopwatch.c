/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs contestants in turn and tells how long each took, and its peak memory.
 *
 *	stopwatch ROUNDS PLAN ERRORS
 *
 * A line of PLAN is one contestant, words parted by blanks:
 *
 *	LABEL COUNT STDIN [NAME=VALUE]... PROGRAM [ARGUMENT]...
 *
 * Each round runs every line once, in order: COUNT processes at once, with the file
 * STDIN as input, nothing but those variables as environment, the answer thrown away
 * and stderr appended to ERRORS.  "%r" in a word is the round in six digits, "%i" the
 * process in three.  The first round warms up and does not count; the
 * label "-" is not told.
 *
 * Output, a line a label, parted by tabs: LABEL, rounds, then in microseconds the
 * median, the shortest and the 90th percentile of the time from the first start to
 * the last end, and the median of the peak resident set in KiB.  A process that fails
 * ends it all, status 1.  Linked statically, it is smaller than what it measures:
 * a child's peak begins with its parent's size.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINES_MAX 32
#define WORDS_MAX 48
#define WORD_LEN 512	/* bytes, NUL included */
#define ROUNDS_MAX 1000
#define COUNT_MAX 200
#define PLAN_MAX 65536	/* bytes */

struct line {
	const char *label, *input;
	unsigned count, n_words;
	const char *words[WORDS_MAX];
	unsigned n;	/* of the samples */
	long us[ROUNDS_MAX], kib[ROUNDS_MAX];
};

static struct line lines[LINES_MAX];
static unsigned n_lines;
static int errors_fd;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "stopwatch: %s: %s\n", what, why);
	exit(1);
}

static long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void read_line(char *text)
{
	struct line *l = &lines[n_lines];
	char *count, *word;

	l->label = strtok(text, " \t");
	if (!l->label)
		return;
	count = strtok(NULL, " \t");
	l->input = strtok(NULL, " \t");
	l->count = count ? (unsigned)atoi(count) : 0;
	while ((word = strtok(NULL, " \t")) && l->n_words < WORDS_MAX)
		l->words[l->n_words++] = word;
	if (!l->count || l->count > COUNT_MAX || !l->n_words || word)
		die(l->label, "not a line of a plan");
	if (++n_lines == LINES_MAX)
		die(l->label, "too many lines");
}

static void read_plan(const char *path)
{
	static char text[PLAN_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *rest = text, *line;

	if (n < 0)
		die(path, strerror(errno));
	close(fd);
	while ((line = strsep(&rest, "\n")))
		read_line(line);
}

/* Puts the numbers into a word. */
static void fill_in(char out[WORD_LEN], const char *word, unsigned round, unsigned process)
{
	size_t n = 0;

	for (; *word && n < WORD_LEN - 8; word++) {
		bool is_round = strncmp(word, "%r", 2) == 0;

		if (is_round || strncmp(word, "%i", 2) == 0) {
			n += (size_t)sprintf(out + n, "%0*u", is_round ? 6 : 3,
					     is_round ? round : process);
			word++;
		} else {
			out[n++] = *word;
		}
	}
	if (*word)
		die(word, "too long");
	out[n] = '\0';
}

static pid_t start(const struct line *l, unsigned round, unsigned process)
{
	static char room[WORDS_MAX][WORD_LEN];
	char *argv[WORDS_MAX + 1] = {0}, *envp[WORDS_MAX + 1] = {0};
	unsigned n_argv = 0, n_envp = 0;
	posix_spawn_file_actions_t files;
	pid_t pid;
	int rc;

	for (unsigned i = 0; i < l->n_words; i++) {
		fill_in(room[i], l->words[i], round, process);
		if (!n_argv && strchr(room[i], '='))
			envp[n_envp++] = room[i];
		else
			argv[n_argv++] = room[i];
	}
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, l->input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, errors_fd, STDERR_FILENO);
	rc = posix_spawn(&pid, argv[0], &files, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&files);
	if (rc)
		die(argv[0], strerror(rc));
	return pid;
}

static void run(struct line *l, unsigned round)
{
	long began = now_us(), peak = 0, took;
	struct rusage usage;
	int status;

	for (unsigned i = 0; i < l->count; i++)
		start(l, round, i);
	for (unsigned i = 0; i < l->count; i++) {
		if (wait4(-1, &status, 0, &usage) < 0)
			die(l->label, strerror(errno));
		if (status != 0)
			die(l->label, "failed; see its answer on stderr");
		peak = usage.ru_maxrss > peak ? usage.ru_maxrss : peak;
	}
	took = now_us() - began;
	if (round == 0)
		return;
	l->us[l->n] = took;
	l->kib[l->n++] = peak;
}

static int by_size(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

/* The median is the mean of the two in the middle, where there are two. */
static void tell(struct line *l)
{
	unsigned n = l->n;

	qsort(l->us, n, sizeof(*l->us), by_size);
	qsort(l->kib, n, sizeof(*l->kib), by_size);
	printf("%s\t%u\t%ld\t%ld\t%ld\t%ld\n", l->label, n,
	       (l->us[(n - 1) / 2] + l->us[n / 2]) / 2, l->us[0], l->us[(n * 9 + 9) / 10 - 1],
	       l->kib[n / 2]);
}

int main(int argc, char **argv)
{
	unsigned rounds = argc == 4 ? (unsigned)atoi(argv[1]) : 0;

	if (!rounds || rounds > ROUNDS_MAX)
		die("usage", "stopwatch ROUNDS PLAN ERRORS");
	errors_fd = open(argv[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (errors_fd < 0)
		die(argv[3], strerror(errno));
	read_plan(argv[2]);
	for (unsigned round = 0; round <= rounds; round++)
		for (unsigned i = 0; i < n_lines; i++)
			run(&lines[i], round);
	for (unsigned i = 0; i < n_lines; i++)
		if (strcmp(lines[i].label, "-") != 0)
			tell(&lines[i]);
	return 0;
}
