/* SPDX-License-Identifier: Apache-2.0 */
/* stdin: a network configuration, read for every verb, and the answer that it leads to. */
#include "plugin/attachments.h"
#include "plugin/demand.h"
#include "plugin/identity.h"
#include "plugin/reply.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

static void answer(const struct netconf *conf, const struct ipam_assign_request *request)
{
	struct ipam_assign_answer it = { .has = { [FAMILY_4] = true } };
	struct buf out __cleanup(buf_done) = BUF(REPLY_MAX);
	struct cJSON *routes = NULL;
	struct err e = { 0 };

	if (demand_routes(conf, &routes, &e) < 0)
		return;
	addr_parse("10.0.0.2", &it.address[FAMILY_4].addr);
	it.address[FAMILY_4].prefix_len = 26;
	it.address[FAMILY_4].gateway = request->gateway.address[FAMILY_4];
	promise(reply_result(netconf_answer_version(conf), &it, netconf_is_calico(conf), routes,
			     &out, &e) == 0 && !out.failed,
		"what a configuration may demand fits into an answer");
}

static void read_more(const struct netconf *conf, const struct cni_args *args)
{
	struct environment env = { .container = "c1", .ifname = "eth0", .args = "" };
	struct attachments valid __cleanup(attachments_done) = { 0 };
	struct addr held[PREV_RESULT_MAX];
	static struct identity identity;
	struct err e = { 0 };
	bool exhaustion;
	unsigned n;

	demand_status_exhaustion(conf, &exhaustion, &e);
	err_reset(&e);
	demand_prev_result(conf, held, &n, &e);
	err_reset(&e);
	attachments_read(conf, &valid, &e);
	err_reset(&e);
	if (!strchr(conf->nodename_file, '/'))
		identity_read(conf, &env, args, &identity, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);
	struct netconf conf __cleanup(netconf_done) = { 0 };
	static struct ipam_assign_request request;
	struct buf out __cleanup(buf_done) = BUF(REPLY_MAX);
	struct cni_args args __cleanup(cni_args_done) = { 0 };
	struct err e = { 0 };

	netconf_init(&conf);
	memset(&request, 0, sizeof(request));
	cni_args_read("", true, &args, &e);
	if (netconf_parse(&conf, text, size, &e) == 0 && netconf_read(&conf, &e) == 0) {
		read_more(&conf, &args);
		if (demand_read(&conf, &args, &request, &e) == 0)
			answer(&conf, &request);
	}
	if (e.kind != ERR_NONE)
		reply_error(netconf_answer_version(&conf), &e, NULL, &out);
	promise(!out.failed, "an error fits into an answer");
	return 0;
}
