/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "ctl/cli/uid.h"
#include "ctl/manifest/kind.h"
#include "ctl/manifest/metadata.h"
#include "ctl/manifest/stored.h"
#include "ipam/reservation/reservations.h"

#include <stdlib.h>

/* A spec whose texts and lists are the other two's. */
struct said {
	struct reservation_spec spec;
	struct cidr *cidrs;	/* owned */
	const char *loose;	/* the first that has host bits set; NULL: none has */
	struct metadata metadata;	/* owned */
};

static void said_done(struct said *s)
{
	free(s->cidrs);
	metadata_done(&s->metadata);
}

static int refuse_loose(const struct said *s, struct err *e)
{
	char masked[CIDR_TEXT] = "";
	struct cidr c;

	if (reservation_parse_entry(s->loose, &c) == 0)
		cidr_print(c, masked);
	return err_set(e, ERR_CONFIG, "spec.reservedCIDRs: \"%.60s\" has host bits set; did you "
		       "mean %s?", s->loose, masked);
}

static int read_cidr(const struct cJSON *item, struct said *s, struct err *e)
{
	const char *text = json_string(item);
	struct cidr *ret = &s->cidrs[s->spec.n_cidrs++];
	struct cidr as_written;

	if (!text || reservation_parse_entry(text, ret) < 0)
		return err_set(e, ERR_CONFIG, "spec.reservedCIDRs: \"%.60s\" must be a CIDR or an "
			       "address", text ? text : json_type_name(json_type(item)));
	if (!s->loose && cidr_parse_lenient(text, &as_written) == 0 &&
	    !cidr_is_masked(as_written))
		s->loose = text;
	return 0;
}

static int read_cidrs(const struct manifest *m, struct said *s, struct err *e)
{
	struct cJSON *list = NULL;

	if (json_get_array(json_field(m->tree, "spec"), "reservedCIDRs", &list, e) < 0)
		return err_wrap(e, "spec");
	s->cidrs = calloc(json_count(list) + 1, sizeof(*s->cidrs));
	if (!s->cidrs)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		if (read_cidr(i, s, e) < 0)
			return -1;
	s->spec.cidrs = s->cidrs;
	return 0;
}

static int read_all(const struct manifest *m, struct said *s, struct err *e)
{
	s->spec.name = m->name;
	if (read_cidrs(m, s, e) < 0 || metadata_read(m, &s->metadata, e) < 0)
		return -1;
	s->spec.labels = s->metadata.labels_if_any;
	s->spec.annotations = s->metadata.annotations_if_any;
	return 0;
}

static int create(struct datastore *ds, const struct manifest *m, struct writing *w, struct err *e)
{
	struct reservation_create_request r = { .now_ns = clock_now_ns(),
						.terms = manifest_terms(w) };
	struct said s __cleanup(said_done) = { 0 };

	if (read_all(m, &s, e) < 0 || (s.loose && refuse_loose(&s, e) < 0))
		return -1;
	r.spec = s.spec;
	uid_new(r.uid);
	w->changed = true;
	return ipam_create_reservation(ds, &r, e);
}

static int update(struct datastore *ds, const struct manifest *m, struct writing *w, struct err *e)
{
	struct reservation_update_request r = { .terms = manifest_terms(w) };
	struct reservation_update_answer answer = { 0 };
	struct said s __cleanup(said_done) = { 0 };

	if (read_all(m, &s, e) < 0)
		return -1;
	r.spec = s.spec;
	/* Calico takes them, and what it has stored is to be said again without a complaint. */
	r.terms.dry_run |= s.loose != NULL;
	if (ipam_update_reservation(ds, &r, &answer, e) < 0)
		return -1;
	if (s.loose && answer.changed)
		return refuse_loose(&s, e);
	w->changed = answer.changed;
	return 0;
}

static int list(struct datastore *ds, const char *name, struct cJSON *items, struct err *e)
{
	return stored_list(ds, RESOURCE_RESERVATION, name, items, e);
}

static int delete(struct datastore *ds, const char *name, bool force, bool dry_run, struct err *e)
{
	struct reservation_delete_request r = { .name = name, .force = force, .dry_run = dry_run };

	return ipam_delete_reservation(ds, &r, e);
}

const struct kind reservation_kind = {
	.name = "IPReservation",
	.word = "ipreservation",
	.spellings = (const char *const[]){ "ipreservation", "ipreservations", "reservation",
					    "reservations", NULL },
	.spec = (const char *const[]){ "reservedCIDRs", NULL },
	.columns = {
		{ .heading = "NAME", .path = ".metadata.name" },
		{ .heading = "CIDRS", .path = ".spec.reservedCIDRs[*]" },
	},
	.list = list,
	.create = create,
	.update = update,
	.delete = delete,
};
