/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "plugin/crowd/message.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define CROWD "node-a\nlock"

static struct err e;

static struct crowd_member an_add(void)
{
	struct crowd_member m = { .verb = CROWD_ADD };

	m.add = (struct ipam_assign_request){
		.owner = { "net", "c1", "eth0", "node-a", "default", "pod-1", NULL,
			   "0123456789abcdef", "3ed.9c03e1" },
		.wanted = { [FAMILY_4] = true },
		.pools = { [FAMILY_4] = { "p1", "10.0.0.0/24" } },
		.n_pools = { [FAMILY_4] = 2 },
		.prefix = IPAM_PREFIX_POOL,
		.gateway = { .wanted = true, .first = true },
		.max_blocks = 3,
		.now_ns = 1787392800123456789LL,
	};
	for (unsigned i = 0; i < IPAM_UIDS; i++)
		memset(m.add.uids[i], 'a' + (int)i % 6, 36);
	addr_parse("fd00::7", &m.add.exact[FAMILY_6]);
	addr_parse("fd00::1", &m.add.gateway.address[FAMILY_6]);
	return m;
}

static struct crowd_member a_del(void)
{
	struct crowd_member m = { .verb = CROWD_DEL };

	m.del = (struct ipam_release_request){
		.owner = { "net", "c1", "eth0", "node-a", "default", NULL, NULL, NULL, NULL },
		.old_handle = "default.pod-1", .now_ns = 7,
	};
	return m;
}

static void assert_same_add(const struct ipam_assign_request *a,
			    const struct ipam_assign_request *b)
{
	ck_assert_str_eq(a->owner.container, b->owner.container);
	ck_assert_str_eq(a->owner.ifname, b->owner.ifname);
	ck_assert_str_eq(a->owner.pod, b->owner.pod);
	ck_assert_str_eq(a->owner.boot, b->owner.boot);
	ck_assert_str_eq(a->owner.netns, b->owner.netns);
	ck_assert_int_eq(a->now_ns, b->now_ns);
	ck_assert_uint_eq(a->prefix, b->prefix);
	ck_assert_uint_eq(a->max_blocks, b->max_blocks);
	ck_assert(a->gateway.wanted == b->gateway.wanted && a->gateway.first == b->gateway.first);
	ck_assert_int_eq(memcmp(a->uids, b->uids, sizeof(a->uids)), 0);
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		ck_assert(a->wanted[f] == b->wanted[f]);
		ck_assert(addr_equal(a->exact[f], b->exact[f]));
		ck_assert(addr_equal(a->gateway.address[f], b->gateway.address[f]));
		ck_assert_uint_eq(a->n_pools[f], b->n_pools[f]);
		for (unsigned i = 0; i < a->n_pools[f]; i++)
			ck_assert_str_eq(a->pools[f][i], b->pools[f][i]);
	}
}

START_TEST(an_add_is_read_as_it_was_written)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = an_add(), read;
	size_t len = 0;

	message_print_request(&m, CROWD, &text);
	ck_assert_int_eq(message_read_request(text.data, text.len, CROWD, &tree, &read, &len, &e),
			 0);
	ck_assert_uint_eq(len, text.len);
	ck_assert(read.verb == CROWD_ADD);
	assert_same_add(&m.add, &read.add);
}
END_TEST

START_TEST(a_del_is_read_as_it_was_written)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = a_del(), read;
	size_t len = 0;

	message_print_request(&m, CROWD, &text);
	ck_assert_int_eq(message_read_request(text.data, text.len, CROWD, &tree, &read, &len, &e),
			 0);
	ck_assert(read.verb == CROWD_DEL);
	ck_assert_str_eq(read.del.old_handle, "default.pod-1");
	ck_assert_ptr_null(read.del.owner.pod);
	ck_assert_int_eq(read.del.now_ns, 7);
}
END_TEST

START_TEST(a_request_of_another_crowd_is_none)
{
	struct cJSON *tree = NULL;
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = a_del(), read;
	size_t len;

	message_print_request(&m, CROWD, &text);
	ck_assert_int_eq(message_read_request(text.data, text.len, "node-b", &tree, &read, &len,
					      &e), -1);
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_ptr_null(tree);
}
END_TEST

START_TEST(a_request_of_a_time_that_no_clock_tells_is_none)
{
	static const int64_t times[] = { -1, INT64_MAX };

	for (unsigned i = 0; i < ARRAY_LEN(times); i++) {
		struct cJSON *tree = NULL;
		struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
		struct crowd_member m = a_del(), read;
		size_t len;

		m.del.now_ns = times[i];
		message_print_request(&m, CROWD, &text);
		ck_assert_int_eq(message_read_request(text.data, text.len, CROWD, &tree, &read,
						      &len, &e), -1);
		ck_assert_int_eq(e.kind, ERR_DECODE);
	}
}
END_TEST

START_TEST(what_is_no_text_is_not_written)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = a_del();

	m.del.old_handle = "default.\xff";
	message_print_request(&m, CROWD, &text);
	ck_assert(text.failed);
}
END_TEST

static void print_answer(const struct crowd_member *m, struct buf *out)
{
	message_print_answer(m, m->verb == CROWD_ADD ? m->add.now_ns : m->del.now_ns, out);
}

/* Killed while it was written. */
START_TEST(what_is_not_whole_is_none)
{
	struct buf request __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct buf answer __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = an_add(), read = m;
	struct cJSON *tree = NULL;
	size_t len;

	message_print_request(&m, CROWD, &request);
	print_answer(&m, &answer);
	for (size_t i = 0; i < request.len; i++)
		ck_assert_int_eq(message_read_request(request.data, i, CROWD, &tree, &read, &len,
						      &e), -1);
	for (size_t i = 0; i < answer.len; i++)
		ck_assert_int_eq(message_read_answer(answer.data, i, &m, &e), -1);
	ck_assert_int_eq(message_read_answer(answer.data, answer.len, &m, &e), 0);
}
END_TEST

START_TEST(a_byte_that_was_changed_makes_it_none)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = an_add(), read;
	struct cJSON *tree = NULL;
	size_t len;

	message_print_request(&m, CROWD, &text);
	for (size_t i = 0; i < text.len; i++) {
		text.data[i] ^= 1;
		ck_assert_int_eq(message_read_request(text.data, text.len, CROWD, &tree, &read,
						      &len, &e), -1);
		text.data[i] ^= 1;
	}
}
END_TEST

START_TEST(an_answer_of_addresses_is_read_as_it_was_written)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = an_add(), read = m;

	m.added.has[FAMILY_4] = m.added.held_already[FAMILY_4] = true;
	addr_parse("10.0.0.7", &m.added.address[FAMILY_4].addr);
	addr_parse("10.0.0.1", &m.added.address[FAMILY_4].gateway);
	m.added.address[FAMILY_4].prefix_len = 24;
	strcpy(m.added.pool[FAMILY_4], "p1");
	m.added.unreadable_reservations = 2;
	strcpy(m.added.unreadable_reservation.text, "of no use");
	print_answer(&m, &text);
	ck_assert_msg(message_read_answer(text.data, text.len, &read, &e) == 0, "%s", e.text);
	ck_assert(!read.failed && read.added.has[FAMILY_4] && !read.added.has[FAMILY_6]);
	ck_assert(read.added.held_already[FAMILY_4]);
	ck_assert(addr_equal(read.added.address[FAMILY_4].addr, m.added.address[FAMILY_4].addr));
	ck_assert(addr_equal(read.added.address[FAMILY_4].gateway,
			     m.added.address[FAMILY_4].gateway));
	ck_assert_uint_eq(read.added.address[FAMILY_4].prefix_len, 24);
	ck_assert_str_eq(read.added.pool[FAMILY_4], "p1");
	ck_assert_uint_eq(read.added.unreadable_reservations, 2);
	ck_assert_str_eq(read.added.unreadable_reservation.text, "of no use");
}
END_TEST

START_TEST(an_answer_that_tells_an_error_has_its_kind_and_its_words)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = a_del(), read = m;

	m.failed = true;
	err_set(&m.error, ERR_EXHAUSTED, "no address is free in \"p1\"");
	print_answer(&m, &text);
	ck_assert_int_eq(message_read_answer(text.data, text.len, &read, &e), 0);
	ck_assert(read.failed);
	ck_assert_int_eq(read.error.kind, ERR_EXHAUSTED);
	ck_assert_str_eq(read.error.text, m.error.text);
}
END_TEST

/* As a text that was cut within a character. */
START_TEST(an_answer_is_written_whatever_its_texts_are)
{
	struct buf error __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct buf added __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = a_del(), add = an_add(), read = m;

	m.failed = true;
	err_set(&m.error, ERR_CONFIG, "the given pool (caf\xc3) does not exist");
	print_answer(&m, &error);
	ck_assert_msg(message_read_answer(error.data, error.len, &read, &e) == 0, "%s", e.text);
	ck_assert_str_eq(read.error.text, "the given pool (caf\ufffd) does not exist");
	strcpy(add.added.unreadable_reservation.text, "10.0.0.0 f\xc3");
	read = add;
	print_answer(&add, &added);
	ck_assert_msg(message_read_answer(added.data, added.len, &read, &e) == 0, "%s", e.text);
	ck_assert_str_eq(read.added.unreadable_reservation.text, "10.0.0.0 f\ufffd");
}
END_TEST

START_TEST(an_answer_of_a_release_is_read_as_it_was_written)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = a_del(), read = m;

	m.released = (struct ipam_release_answer){ .released = 2, .handle_was_there = true };
	print_answer(&m, &text);
	ck_assert_int_eq(message_read_answer(text.data, text.len, &read, &e), 0);
	ck_assert(!read.failed);
	ck_assert_uint_eq(read.released.released, 2);
	ck_assert(read.released.handle_was_there);
}
END_TEST

/* Named by the nonce, not by the container. */
START_TEST(the_answer_to_another_request_of_the_container_is_none)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
	struct crowd_member m = a_del(), later = m;

	print_answer(&m, &text);
	later.del.now_ns++;
	ck_assert_int_eq(message_read_answer(text.data, text.len, &later, &e), -1);
	ck_assert_int_eq(e.kind, ERR_DECODE);
}
END_TEST

static void begin(void)
{
	err_reset(&e);
}

START_TEST(a_note_says_what_settles_its_request)
{
	struct crowd_member members[2];
	int64_t made_ns[2];

	members[0] = an_add();
	members[1] = a_del();
	made_ns[0] = members[0].add.now_ns;
	made_ns[1] = members[1].del.now_ns;
	for (unsigned i = 0; i < 2; i++) {
		struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
		struct cJSON *tree __cleanup(json_freep) = NULL;
		struct ipam_release_request release = {0};
		int64_t ends_ns = 0;

		message_print_note(&members[i], made_ns[i] + 5, &text);
		ck_assert_msg(message_read_note(text.data, text.len, &tree, &release, &ends_ns,
						&e) == 0, "%s", e.text);
		ck_assert_int_eq(ends_ns, made_ns[i] + 5);
		ck_assert_str_eq(release.owner.network, "net");
		ck_assert_str_eq(release.owner.container, "c1");
		ck_assert_str_eq(release.owner.ifname, "eth0");
		ck_assert_int_eq(release.assigned_ns, i ? 0 : members[0].add.now_ns);
		ck_assert_int_eq(release.before_ns, i ? members[1].del.now_ns : 0);
		ck_assert_pstr_eq(release.old_handle, i ? "default.pod-1" : NULL);
	}
}
END_TEST

START_TEST(what_is_of_neither_verb_is_no_note)
{
	static const char *const texts[] = {
		"{\"format\":2,\"network\":\"n\",\"container\":\"c\",\"ifname\":\"e\","
		"\"node\":\"a\",\"namespace\":\"d\"}",
		"{\"format\":2,\"network\":\"n\",\"container\":\"c\",\"ifname\":\"e\","
		"\"node\":\"a\",\"namespace\":\"d\",\"added\":1,\"deleted\":2,\"ends\":2}",
		"{\"format\":2,\"network\":\"n\",\"container\":\"c\",\"node\":\"a\","
		"\"namespace\":\"d\",\"added\":1,\"ends\":1}",
		"{\"format\":2,\"network\":\"n\",\"container\":\"c\",\"ifname\":\"e\","
		"\"node\":\"a\",\"namespace\":\"d\",\"added\":1,\"ends\":-9223372036854775808}",
		"{\"format\":2,\"network\":\"n\",\"container\":\"c\",\"ifname\":\"e\","
		"\"node\":\"a\",\"namespace\":\"d\",\"added\":1,\"ends\":660000000002}",
		"{\"format\":2,\"network\":\"n\",\"container\":\"c\",\"ifname\":\"e\","
		"\"node\":\"a\",\"namespace\":\"d\",\"added\":9223372036854775807,"
		"\"ends\":9223372036854775807}",
		"{\"format\":2,\"network\":\"n\",\"container\":\"c\",\"ifname\":\"e\","
		"\"node\":\"a\",\"namespace\":\"d\",\"added\":1,\"deleted\":-1,\"ends\":1}",
		"{\"format\":99,\"network\":\"n\",\"container\":\"c\",\"ifname\":\"e\","
		"\"node\":\"a\",\"namespace\":\"d\",\"added\":1}",
	};

	for (unsigned i = 0; i < ARRAY_LEN(texts); i++) {
		struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);
		struct cJSON *tree __cleanup(json_freep) = NULL;
		struct ipam_release_request release = {0};
		int64_t ends_ns = 0;

		message_frame(texts[i], strlen(texts[i]), &text);
		ck_assert_int_eq(message_read_note(text.data, text.len, &tree, &release, &ends_ns,
						   &e), -1);
		ck_assert_int_eq(e.kind, ERR_DECODE);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("message");
	TCase *t = tcase_create("message");

	tcase_add_checked_fixture(t, begin, NULL);
	tcase_add_test(t, an_add_is_read_as_it_was_written);
	tcase_add_test(t, a_del_is_read_as_it_was_written);
	tcase_add_test(t, a_request_of_another_crowd_is_none);
	tcase_add_test(t, a_request_of_a_time_that_no_clock_tells_is_none);
	tcase_add_test(t, what_is_no_text_is_not_written);
	tcase_add_test(t, what_is_not_whole_is_none);
	tcase_add_test(t, a_byte_that_was_changed_makes_it_none);
	tcase_add_test(t, an_answer_of_addresses_is_read_as_it_was_written);
	tcase_add_test(t, an_answer_that_tells_an_error_has_its_kind_and_its_words);
	tcase_add_test(t, an_answer_is_written_whatever_its_texts_are);
	tcase_add_test(t, an_answer_of_a_release_is_read_as_it_was_written);
	tcase_add_test(t, the_answer_to_another_request_of_the_container_is_none);
	tcase_add_test(t, a_note_says_what_settles_its_request);
	tcase_add_test(t, what_is_of_neither_verb_is_no_note);
	suite_add_tcase(s, t);
	return s;
}
