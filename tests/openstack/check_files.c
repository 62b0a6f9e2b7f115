/* SPDX-License-Identifier: Apache-2.0 */
/* What dnsmasq is told, beside what Calico's own agent told it. */
#include "tests/openstack/fixture_state.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VMS "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack/" \
	"compute--1-openstack-"
#define OWN_PAIR VMS "0000001f--1111--4222--8333--444455556666-" \
	"654440e8--22f5--49f4--be7e--0104b6dfd46b"
#define SLASH VMS "instance with spaces/slash-ec428b43--3e61--4170--9de4--78b9b07ddb7b"

static const struct recording {
	const char *name, *id;
} recordings[] = {
	{ "dual", "d1afef68-edaf-43d2-b1a7-0d326cd22f5f" },
	{ "v6", "69559d34-fd66-4b73-adb8-cead2de967b7" },
	{ "sl", "c3d2e8a2-4ed4-46d0-b112-8ac3bacec2a9" },
	{ "off", "4dcc6b0e-d916-470c-ae90-17ec15342dd4" },
	{ "p80", "b2bbbc44-92ff-400c-82db-9b8be14428b4" },
	{ "mo", "8e542d3d-1682-4f81-bb04-93f91561c81f" },
};

/* The taps that were there, of those whose ports are in the records. */
static const char *const taps_of_the_end[] = {
	"tap594e99ec-f5", "tapdd060900-98", "tapedfadc03-22", "tapfacff401-22", "tap29f6a140-db",
	"tap7636adf4-3a",
};

static void init_as_calicos_agent(struct state *s, bool end)
{
	state_init(s, STATES);
	/* Two ports that it does not serve: their tests are further down. */
	state_put(s, OWN_PAIR, NULL);
	state_put(s, SLASH, NULL);
	if (!end)
		state_tap(s, "tapfacff401-22", 1500);
	for (size_t i = 0; end && i < ARRAY_LEN(taps_of_the_end); i++)
		state_tap(s, taps_of_the_end[i], 1500);
}

typedef void printer(const struct network *n, const struct serving *s, struct buf *out);

/* As the recording has them: a line each. */
static void print_argument_lines(const struct network *n, const struct serving *s, struct buf *out)
{
	print_arguments(n, s, out);
	for (size_t i = 0; i < out->len; i++)
		if (!out->data[i])
			out->data[i] = '\n';
}

static void assert_as_recorded(struct state *s, bool end, const struct recording *r,
			       const char *file, printer *print)
{
	struct buf ours __cleanup(buf_done) = BUF(1 << 20);
	struct buf theirs __cleanup(buf_done) = BUF(1 << 20);
	char path[128];

	snprintf(path, sizeof(path), "dnsmasq/%s/%s/%s", end ? "2-end" : "1-all", r->name, file);
	read_recording(path, &theirs);
	print(state_network(s, r->id), &recorded, &ours);
	ck_assert_msg(ours.len == theirs.len && memcmp(ours.data, theirs.data, ours.len) == 0,
		      "%s:\n%s\nand ours:\n%s", path, theirs.data, ours.data);
}

START_TEST(host_files_are_theirs_to_the_byte)
{
	bool end = _i;
	struct state s;

	init_as_calicos_agent(&s, end);
	for (size_t i = 0; i < ARRAY_LEN(recordings); i++) {
		if (end && strcmp(recordings[i].name, "sl") == 0)
			continue;	/* by hand, see fixture_state.h */
		assert_as_recorded(&s, end, &recordings[i], "host", print_host_file);
		assert_as_recorded(&s, end, &recordings[i], "addn_hosts", print_addn_hosts);
	}
	state_done(&s);
}
END_TEST

/* Without the line that is ours alone, and with what slaac lacks there. */
static void print_opts_as_they(const struct network *n, const struct serving *s, struct buf *out)
{
	struct buf all __cleanup(buf_done) = BUF(1 << 20);
	char own[WORD_TEXT + ADDR_TEXT + 64], text[ADDR_TEXT];
	char *at;

	print_opts(n, s, &all);
	for (size_t i = 0; i < n->n_subnets; i++) {
		addr_print(subnet_own_address(n->subnets[i]), text);
		snprintf(own, sizeof(own), "tag:subnet-%s,option6:dns-server,[%s]\n",
			 n->subnets[i]->id, text);
		if ((at = strstr(all.data, own)))
			memmove(at, at + strlen(own), strlen(at + strlen(own)) + 1);
	}
	buf_puts(out, all.data);
}

/* In 1-all the subnets stand in the order of a set of Python's, which is another each time. */
START_TEST(options_and_arguments_are_theirs_to_the_byte)
{
	struct state s;

	init_as_calicos_agent(&s, true);
	for (size_t i = 0; i < ARRAY_LEN(recordings); i++) {
		if (strcmp(recordings[i].name, "sl") == 0)
			continue;
		if (strcmp(recordings[i].name, "v6") != 0)
			assert_as_recorded(&s, true, &recordings[i], "opts", print_opts_as_they);
		assert_as_recorded(&s, true, &recordings[i], "cmdline", print_argument_lines);
	}
	state_done(&s);
}
END_TEST

static int compare_lines(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* The lines, in the order of the alphabet. */
static void sort_lines(struct buf *b)
{
	char *copy = calloc(b->len + 1, 1), *at = copy, *lines[256];
	size_t n = 0, len = b->len;

	memcpy(copy, b->data, len);
	for (char *end = copy; at < copy + len; at = end + 1) {
		end = memchr(at, '\n', (size_t)(copy + len - at));
		end = end ? end : copy + len;
		*end = 0;
		lines[n++] = at;
	}
	qsort(lines, n, sizeof(*lines), compare_lines);
	buf_reset(b);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s\n", lines[i]);
	free(copy);
}

static void assert_same_lines(struct state *s, const struct recording *r, const char *file,
			      printer *print)
{
	struct buf ours __cleanup(buf_done) = BUF(1 << 20);
	struct buf theirs __cleanup(buf_done) = BUF(1 << 20);
	char path[128], *off_link;

	snprintf(path, sizeof(path), "dnsmasq/1-all/%s/%s", r->name, file);
	read_recording(path, &theirs);
	print(state_network(s, r->id), &recorded, &ours);
	sort_lines(&theirs);
	sort_lines(&ours);
	off_link = strstr(ours.data, "ra-only,off-link,");
	if (off_link)
		memmove(off_link + 8, off_link + 17, strlen(off_link + 17) + 1);
	ck_assert_str_eq(ours.data, theirs.data);
}

START_TEST(options_and_arguments_of_the_other_recording_are_the_same_lines)
{
	struct state s;

	init_as_calicos_agent(&s, false);
	for (size_t i = 0; i < ARRAY_LEN(recordings); i++) {
		assert_same_lines(&s, &recordings[i], "opts", print_opts_as_they);
		assert_same_lines(&s, &recordings[i], "cmdline", print_argument_lines);
	}
	state_done(&s);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("openstack.files");
	TCase *t = tcase_create("recorded");

	tcase_add_loop_test(t, host_files_are_theirs_to_the_byte, 0, 2);
	tcase_add_test(t, options_and_arguments_are_theirs_to_the_byte);
	tcase_add_test(t, options_and_arguments_of_the_other_recording_are_the_same_lines);
	suite_add_tcase(s, t);
	return s;
}
