/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/terminal/printable.h"
#include "base/terminal/shell_word.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static const struct { const char *text, *word; } words[] = {
	{ "node-1.example", "node-1.example" },
	{ "10.0.0.0/8", "10.0.0.0/8" },
	{ "", "''" },
	{ "a b", "'a b'" },
	{ "$(reboot)", "'$(reboot)'" },
	{ "`id`;&|<>", "'`id`;&|<>'" },
	{ "it's", "'it'\\''s'" },
	{ "~root", "'~root'" },
	{ "*", "'*'" },
	{ "#a", "'#a'" },
	{ "!a\"\\", "'!a\"\\'" },
	{ "gr\xc3\xbc\xc3\x9f", "'gr\xc3\xbc\xc3\x9f'" },
	{ "a\nb", "$'a\\012b'" },
	{ "\xe2\x80\xae'\\1", "$'\\342\\200\\256\\'\\\\1'" },
	{ "\x1b[2J", "$'\\033[2J'" },
	{ "\xff", "$'\\377'" },
};

/* The word as bash reads it. */
static void read_word(const char *word, char *ret_text, size_t size)
{
	struct buf command __cleanup(buf_done) = BUF(1000);
	FILE *bash;
	size_t n;

	buf_printf(&command, "exec bash -c \"$(cat <<'END'\nprintf %%s %s\nEND\n)\"", word);
	bash = popen(command.data, "r");
	ck_assert_ptr_nonnull(bash);
	n = fread(ret_text, 1, size - 1, bash);
	ret_text[n] = '\0';
	ck_assert_int_eq(pclose(bash), 0);
}

START_TEST(a_word_is_quoted_where_a_shell_makes_something_of_it)
{
	char word[SHELL_WORD_SHORT];

	ck_assert_ptr_eq(shell_word(words[_i].text, word, sizeof(word)), word);
	ck_assert_str_eq(word, words[_i].word);
}
END_TEST

START_TEST(bash_reads_the_word_as_it_was)
{
	char text[100];

	read_word(words[_i].word, text, sizeof(text));
	ck_assert_str_eq(text, words[_i].text);
}
END_TEST

START_TEST(a_word_stays_as_it_is_on_its_way_to_a_terminal)
{
	struct buf out __cleanup(buf_done) = BUF(1000);

	printable_add(words[_i].word, &out);
	ck_assert_str_eq(out.data, words[_i].word);
}
END_TEST

START_TEST(a_word_that_does_not_fit_is_not_cut)
{
	char text[SHELL_WORD_SHORT + 1], word[SHELL_WORD_SHORT];

	memset(text, 'a', sizeof(text));
	text[SHELL_WORD_SHORT - 1] = '\0';
	ck_assert_str_eq(shell_word(text, word, sizeof(word)), text);
	text[0] = ' ';
	ck_assert_str_eq(shell_word(text, word, sizeof(word)), "NAME");
}
END_TEST

START_TEST(each_word_of_a_command_is_quoted_apart)
{
	char command[32];

	ck_assert_str_eq(shell_command(command, sizeof(command), "mv %s %s.old", "a b", "c;d"),
			 "mv 'a b' 'c;d'.old");
	ck_assert_str_eq(shell_command(command, sizeof(command), "mv %s %s", "aaaaaaaaaaaaaaaa",
				       "bbbbbbbbbbbbbbb"), "");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base.shell_word");
	TCase *t = tcase_create("shell_word");
	int n = (int)(sizeof(words) / sizeof(words[0]));

	tcase_add_loop_test(t, a_word_is_quoted_where_a_shell_makes_something_of_it, 0, n);
	tcase_add_loop_test(t, bash_reads_the_word_as_it_was, 0, n);
	tcase_add_loop_test(t, a_word_stays_as_it_is_on_its_way_to_a_terminal, 0, n);
	tcase_add_test(t, a_word_that_does_not_fit_is_not_cut);
	tcase_add_test(t, each_word_of_a_command_is_quoted_apart);
	suite_add_tcase(s, t);
	return s;
}
