/* What every message goes through after its normalizer, whatever its channel: canonical identities,
 * a direction, a valid record. Pure. */
#pragma once

struct intake;

/* A record that cannot be made valid turns in->verdict into its reason. */
void settle_items(struct intake *in);
