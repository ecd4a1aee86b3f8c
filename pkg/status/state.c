/* SPDX-License-Identifier: Apache-2.0 */
/* GET /state as redis-orchestrator answers it: its code writes snake_case, its
 * documentation shows camelCase, so both are here. */
#include "fields.h"

static void put(json_t *object, const char *snake, const char *camel, json_t *value)
{
	json_object_set_new(object, snake, value);
	json_object_set(object, camel, value);
}

void rel_status_state_json(const struct rel_status *status, struct rel_buf *out)
{
	json_t *object = json_object();

	put(object, "pod_name", "podName", status_text(status->self.name));
	put(object, "pod_ip", "podIP", status_text(status->pod_ip));
	put(object, "pod_uid", "podUID", status_text(status->self.uid));
	json_object_set_new(object, "namespace", status_text(status->namespace_));
	put(object, "is_master", "isMaster", json_boolean(status->is_leader));
	put(object, "is_healthy", "isHealthy", json_boolean(status->healthy));
	put(object, "is_witness", "isWitness", json_false());
	put(object, "startup_time", "startupTime", status_time(status->started_us));
	put(object, "last_seen", "lastSeen", status_time(status->now_us));
	json_object_set_new(object, "leader", status_text(status->leader));
	json_object_set_new(object, "epoch", status_number(status->epoch));
	json_object_set_new(object, "fenced", json_boolean(status->fenced));
	json_object_set_new(object, "paused", json_boolean(status->paused));
	json_object_set_new(object, "mode", status_text(status->mode));
	json_object_set_new(object, "version", status_text(status->version));
	status_dump(object, out);
}
