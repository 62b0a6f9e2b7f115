/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/config.h"

#include "base/terminal/nearest.h"
#include "ipam/record/tree.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int read_config_fields(const struct cJSON *tree, struct ipam_config *c, struct err *e)
{
	const char *persistence = "";

	if (json_get_bool(tree, "strict_affinity", &c->strict_affinity, e) < 0 ||
	    json_get_bool(tree, "auto_allocate_blocks", &c->auto_allocate_blocks, e) < 0 ||
	    json_get_i64(tree, "maxBlocksPerHost", &c->max_blocks_per_host, e) < 0 ||
	    json_get_string(tree, "kubeVirtVMAddressPersistence", &persistence, e) < 0 ||
	    json_get_i64(tree, "ipCooldownSeconds", &c->cooldown_s, e) < 0)
		return -1;
	c->kubevirt_persistence = !strcmp(persistence, "Disabled") ? "Disabled" :
				  *persistence ? "Enabled" : "";
	return 0;
}

int ipam_config_read(const struct record *record, struct ipam_config *ret, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct ipam_config c = { .kubevirt_persistence = "" };

	if (!record) {
		*ret = (struct ipam_config){ .auto_allocate_blocks = true,
					      .kubevirt_persistence = "Enabled" };
		return 0;
	}
	tree = record_parse(record, e);
	if (!tree || read_config_fields(tree, &c, e) < 0)
		return resource_corrupt(record, e);
	*ret = c;
	return 0;
}

static int set_bool(bool *ret, const char *field, const char *text, struct err *e)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return err_set(e, ERR_CONFIG, "%s \"%.40s\" must be true or false", field, text);
	*ret = *text == 't';
	return 0;
}

static int set_number(int64_t *ret, const char *field, const char *text, int max, struct err *e)
{
	size_t len = strlen(text);

	if (!len || len > 9 || strspn(text, "0123456789") != len || atol(text) > max)
		return err_set(e, ERR_CONFIG, "%s \"%.40s\" must be a whole number from 0 to %d",
			       field, text, max);
	*ret = atol(text);
	return 0;
}

static int set_persistence(struct ipam_config *c, const char *text, struct err *e)
{
	bool enabled = strcmp(text, "Enabled") == 0;

	if (!enabled && strcmp(text, "Disabled") != 0)
		return err_set(e, ERR_CONFIG, "kubeVirtVMAddressPersistence \"%.40s\" must be "
			       "Enabled or Disabled", text);
	c->kubevirt_persistence = enabled ? "Enabled" : "Disabled";
	return 0;
}

/* "strict_affinity" in the record, "strictAffinity" in Calico's resource. */
static bool is_field(const char *typed, const char *field)
{
	for (;;) {
		typed += strspn(typed, "_-");
		field += strspn(field, "_-");
		if (tolower((unsigned char)*typed) != tolower((unsigned char)*field))
			return false;
		if (!*field)
			return true;
		typed++;
		field++;
	}
}

static int unknown_field(const char *field, struct err *e)
{
	static const char *const fields[] = {
		"strict_affinity", "auto_allocate_blocks", "maxBlocksPerHost",
		"kubeVirtVMAddressPersistence", "ipCooldownSeconds",
	};
	struct nearest nearest = nearest_to(field);

	err_set(e, ERR_CONFIG, "\"%.40s\" is no field", field);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		nearest_offer(&nearest, fields[i]);
	if (nearest.word)
		err_add(e, "; did you mean %s?", nearest.word);
	return err_add(e, "; there are strict_affinity, auto_allocate_blocks, maxBlocksPerHost, "
		       "kubeVirtVMAddressPersistence, ipCooldownSeconds");
}

int ipam_config_set(struct ipam_config *config, const char *field, const char *text, struct err *e)
{
	if (is_field(field, "strict_affinity"))
		return set_bool(&config->strict_affinity, field, text, e);
	if (is_field(field, "auto_allocate_blocks"))
		return set_bool(&config->auto_allocate_blocks, field, text, e);
	if (is_field(field, "maxBlocksPerHost"))
		return set_number(&config->max_blocks_per_host, field, text, IPAM_MAX_BLOCKS_MAX,
				  e);
	if (is_field(field, "kubeVirtVMAddressPersistence"))
		return set_persistence(config, text, e);
	if (is_field(field, "ipCooldownSeconds"))
		return set_number(&config->cooldown_s, field, text, IPAM_COOLDOWN_MAX_S, e);
	return unknown_field(field, e);
}

const char *ipam_config_persistence(const struct ipam_config *c)
{
	return *c->kubevirt_persistence ? c->kubevirt_persistence : "Enabled";
}

bool ipam_config_equal(const struct ipam_config *a, const struct ipam_config *b)
{
	return a->strict_affinity == b->strict_affinity &&
	       a->auto_allocate_blocks == b->auto_allocate_blocks &&
	       a->max_blocks_per_host == b->max_blocks_per_host && a->cooldown_s == b->cooldown_s &&
	       strcmp(ipam_config_persistence(a), ipam_config_persistence(b)) == 0;
}

int ipam_config_check(const struct ipam_config *config, struct err *e)
{
	if (!config->strict_affinity && !config->auto_allocate_blocks)
		return err_set(e, ERR_CONFIG, "Cannot disable 'StrictAffinity' and "
			       "'AutoAllocateBlocks' at the same time: auto_allocate_blocks=false "
			       "needs strict_affinity=true; set both, or leave "
			       "auto_allocate_blocks true");
	if (config->max_blocks_per_host > 0 && !config->strict_affinity)
		return err_set(e, ERR_CONFIG, "MaxBlocksPerHost requires StrictAffinity to be "
			       "enabled: maxBlocksPerHost above 0 needs strict_affinity=true; set "
			       "both, or set maxBlocksPerHost=0");
	return 0;
}

/* item NULL: the zero value, which is left out. */
static void set_or_remove(struct cJSON *tree, const char *field, struct cJSON *item)
{
	if (item)
		json_set(tree, field, item);
	else
		json_remove(tree, field);
}

static struct cJSON *bool_or_null(bool b)
{
	return b ? json_new_bool(true) : NULL;
}

static struct cJSON *number_or_null(int64_t n)
{
	return n ? json_new_i64(n) : NULL;
}

int ipam_config_rewrite(const struct record *old, const struct ipam_config *config,
			struct buf *out, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = old ? record_parse(old, e)
							: json_new_object();

	if (!tree)
		return old ? resource_corrupt(old, e)
			   : err_set(e, ERR_INTERNAL, "out of memory");
	set_or_remove(tree, "strict_affinity", bool_or_null(config->strict_affinity));
	set_or_remove(tree, "auto_allocate_blocks", bool_or_null(config->auto_allocate_blocks));
	set_or_remove(tree, "maxBlocksPerHost", number_or_null(config->max_blocks_per_host));
	if (*config->kubevirt_persistence)
		json_set(tree, "kubeVirtVMAddressPersistence",
			 json_new_string(config->kubevirt_persistence));
	set_or_remove(tree, "ipCooldownSeconds", number_or_null(config->cooldown_s));
	json_print(tree, out);
	if (out->failed || json_lost())
		return err_set(e, ERR_INTERNAL, "out of memory while building a record");
	return 0;
}
