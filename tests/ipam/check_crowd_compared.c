/* SPDX-License-Identifier: Apache-2.0 */
/* Random crowds, compared with the same requests one after the other. */
#include "tests/ipam/fixture_crowd.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLUSTERS 120
#define CROWDS 4	/* in each */
#define SIZE_MAX_OF_ONE 30
#define CONTAINERS 24

static struct cluster c;
static struct crowd crowd;
static uint64_t random_state;
static bool gateways;

static unsigned draw(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)((random_state >> 11) % below);
}

static void draw_cluster(unsigned seed)
{
	char config[200];

	random_state = (seed + 1) * 0x9e3779b97f4a7c15ULL;
	cluster_init(&c);
	if (draw(2))
		cluster_in_turns(&c);
	gateways = draw(4) == 0;
	cluster_pool(&c, "p4", "10.0.0.0/27", draw(2) ? ",\"blockSize\":30" : ",\"blockSize\":29");
	cluster_pool(&c, "q4", "10.1.0.0/28", ",\"blockSize\":30");
	cluster_pool(&c, "r4", "10.2.0.0/28", ",\"blockSize\":30");
	cluster_pool(&c, "p6", draw(3) ? "fd00::/64" : "fd00::/124", ",\"blockSize\":126");
	cluster_node(&c, "a", "{}");
	cluster_node(&c, "b", "{}");
	snprintf(config, sizeof(config), "{\"strict_affinity\":%s,\"auto_allocate_blocks\":true,"
		 "\"maxBlocksPerHost\":%u,\"ipCooldownSeconds\":%u}",
		 draw(3) == 0 ? "true" : "false", draw(3) ? 0 : 1 + draw(3), draw(2) * 5);
	cluster_config(&c, config);
	for (unsigned i = draw(40); i > 0; i--) {
		snprintf(config, sizeof(config), "b%u", i);
		cluster_add(&c, "b", config, draw(2) ? "46" : "4");
	}
}

static void draw_exact(void)
{
	char name[16], address[32];

	snprintf(name, sizeof(name), "c%u", draw(CONTAINERS));
	snprintf(address, sizeof(address), "10.%u.0.%u", draw(3), draw(34));
	crowd_add_exact(&crowd, name, address);
}

static void draw_add(void)
{
	static const char *const families[] = { "4", "6", "46" };
	static const char *const pools[] = { "p4", "q4", "r4", "none" };
	struct ipam_assign_request *r;
	char name[16];

	snprintf(name, sizeof(name), "c%u", draw(CONTAINERS));
	r = crowd_add(&crowd, name, families[draw(3)]);
	if (draw(6) == 0)
		r->owner.ifname = "eth1";
	for (unsigned i = draw(4) ? 0 : 1 + draw(2); i > 0; i--)
		r->pools[FAMILY_4][r->n_pools[FAMILY_4]++] = pools[draw(8) ? draw(3) : 3];
	r->gateway.wanted = r->gateway.first = gateways && draw(3);
	r->prefix = draw(2) ? IPAM_PREFIX_POOL : IPAM_PREFIX_BLOCK;
}

static void draw_del(void)
{
	char name[16];

	snprintf(name, sizeof(name), "%c%u", draw(8) ? 'c' : 'b', draw(CONTAINERS));
	crowd_del(&crowd, name);
}

static void draw_crowd(void)
{
	unsigned dels = draw(10);

	crowd_begin(&crowd, &c);
	for (unsigned i = 1 + draw(SIZE_MAX_OF_ONE); i > 0; i--) {
		if (draw(10) < dels)
			draw_del();
		else if (draw(5) == 0)
			draw_exact();
		else
			draw_add();
	}
}

START_TEST(a_crowd_comes_to_what_its_members_come_to_one_after_the_other)
{
	draw_cluster((unsigned)_i);
	for (unsigned i = 0; i < CROWDS; i++) {
		draw_crowd();
		if (draw(3) == 0)
			fake_limit_commits(c.store, 40 + draw(20));
		crowd_go_and_compare(&crowd);
		fake_limit_commits(c.store, 0);
		cluster_assert_sound(&c);
		c.now_ns += draw(10) * CLUSTER_SECOND;
	}
	cluster_done(&c);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.crowd_compared");
	TCase *t = tcase_create("crowd_compared");

	tcase_add_loop_test(t, a_crowd_comes_to_what_its_members_come_to_one_after_the_other, 0,
			    CLUSTERS);
	suite_add_tcase(s, t);
	return s;
}
