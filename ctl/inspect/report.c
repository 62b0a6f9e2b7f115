/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/report.h"

#include "base/json.h"

#include <inttypes.h>
#include <string.h>

static void set_text(struct cJSON *tree, const char *name, const char *text)
{
	json_set(tree, name, json_new_string(text ? text : ""));
}

static void write_tree(struct report *r, const struct cJSON *tree)
{
	struct buf text __cleanup(buf_done) = BUF(REPORT_TEXT_MAX);

	json_print(tree, &text);
	r->failed |= text.failed || fwrite(text.data, 1, text.len, r->file.stream) != text.len;
}

static void write_text(struct report *r, const char *text)
{
	r->failed |= fputs(text, r->file.stream) == EOF;
}

/* The fields of the cluster, and the list of allocations opened. */
static void write_head(struct report *r)
{
	struct cJSON *tree __cleanup(json_freep) = json_new_object();
	struct buf text __cleanup(buf_done) = BUF(REPORT_TEXT_MAX);

	set_text(tree, "version", CALICO_IPAM_VERSION);
	set_text(tree, "clusterGUID", r->cluster.guid);
	json_set(tree, "datastoreLocked", json_new_bool(r->cluster.locked));
	set_text(tree, "clusterInformationRevision", r->cluster.revision);
	set_text(tree, "clusterType", r->cluster.type);
	json_print(tree, &text);
	if (text.failed || !text.len) {
		r->failed = true;
		return;
	}
	text.data[text.len - 1] = '\0';
	write_text(r, text.data);
	write_text(r, ",\n\"allocations\":{\n");
}

int report_begin(struct report *r, const char *path, struct datastore *ds, struct err *e)
{
	r->path = path;
	if (ipam_get_cluster(ds, &r->cluster, e) < 0 ||
	    new_file_begin(&r->file, path, 0666, e) < 0 ||
	    new_file_open_stream(&r->file, path, e) < 0)
		return -1;
	write_head(r);
	return 0;
}

static const char *type_of(const struct attribute *attribute)
{
	const char *type = attribute_secondary(attribute, "type"),
		   *handle = attribute_handle(attribute);

	if (type)
		return type;
	return handle && strncasecmp(handle, BLOCK_WINDOWS_HANDLE,
				     strlen(BLOCK_WINDOWS_HANDLE)) == 0 ? "windows" : "workload";
}

void report_allocation(struct report *r, const struct audit_allocation *a)
{
	struct cJSON *tree __cleanup(json_freep) = json_new_object();
	char ip[ADDR_TEXT];

	addr_print(block_addr(a->block, a->ordinal), ip);
	set_text(tree, "ip", ip);
	set_text(tree, "handle", attribute_handle(a->attribute));
	json_set(tree, "sequenceNumber", json_new_u64(block_sequence_of(a->block, a->ordinal)));
	set_text(tree, "pod", attribute_secondary(a->attribute, "pod"));
	set_text(tree, "namespace", attribute_secondary(a->attribute, "namespace"));
	set_text(tree, "node", attribute_secondary(a->attribute, "node"));
	set_text(tree, "type", type_of(a->attribute));
	set_text(tree, "creationTimestamp", attribute_secondary(a->attribute, "timestamp"));
	json_set(tree, "inUse", json_new_bool(a->in_use));
	json_set(tree, "borrowed", json_new_bool(a->borrowed));
	json_set(tree, "coolingDown", json_new_bool(a->cooling));
	json_set(tree, "owners", json_new_array());
	r->failed |= fprintf(r->file.stream, "%s\"%s\":[", r->some ? ",\n" : "", ip) < 0;
	write_tree(r, tree);
	write_text(r, "]");
	r->some = true;
}

static void write_handles(struct report *r, const struct audit *audit)
{
	bool some = false;

	write_text(r, "\n},\n\"leakedHandles\":[");
	for (size_t i = 0; i < audit->n; i++) {
		struct cJSON *tree __cleanup(json_freep) = NULL;
		char revision[32];

		if (audit->list[i].kind != PROBLEM_HANDLE_LEAKED)
			continue;
		tree = json_new_object();
		snprintf(revision, sizeof(revision), "%" PRIu64, audit->list[i].revision);
		set_text(tree, "ID", audit->list[i].handle);
		json_set(tree, "UID", audit->list[i].uid ? json_new_string(audit->list[i].uid)
							 : json_new_null());
		set_text(tree, "Revision", revision);
		write_text(r, some ? ",\n" : "\n");
		write_tree(r, tree);
		some = true;
	}
	write_text(r, "\n]}\n");
}

int report_end(struct report *r, const struct audit *audit, struct err *e)
{
	write_handles(r, audit);
	if (r->failed)
		return err_set(e, ERR_IO, "cannot write %s: it is not whole", r->path);
	if (new_file_sync(&r->file, r->path, e) < 0)
		return -1;
	return new_file_publish(&r->file, r->path, e);
}

void report_done(struct report *r)
{
	new_file_done(&r->file);
}
